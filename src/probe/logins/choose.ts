import { type DefaultCredential, defaultCredentials } from '../../evidence/default-credentials.ts'

/** What of a maker's shows in banners, titles and realms beside its name. */
const SIGNS: Readonly<Record<string, RegExp>> = {
  Axis: /\baxis\b/i,
  'Raspberry Pi': /raspb/i,
  OpenWrt: /openwrt|\bluci\b/i,
  Hikvision: /hikvision|dnvrs-webs|app-webs|dvrdvs|ds-2cd/i,
  Dahua: /dahua|\bdh[-_]|ipc-hf|web service.*dh/i,
  Foscam: /foscam|netwave|ipcam client/i,
  Ubiquiti: /ubiquiti|airos|ubnt|edgeos/i,
  MikroTik: /mikrotik|routeros/i,
  Xiongmai: /xiongmai|\bxm\b|uc-httpd|netsurveillance/i,
  HiSilicon: /hisilicon|\bhi35\d\d/i,
  Synology: /synology|diskstation/i,
  Dell: /\bidrac\b/i,
  'Sierra Wireless': /sierra wireless|aceManager/i,
  RabbitMQ: /rabbitmq/i,
  Sony: /\bsony\b|snc-/i,
}

/** What people and botnets try first where nothing says whose it is. Each stands in a published list. */
const FIRST: Readonly<Record<string, readonly (readonly [user: string, password: string])[]>> = {
  shell: [
    ['root', 'root'],
    ['admin', 'admin'],
    ['root', ''],
    ['root', 'xc3511'],
    ['root', 'vizxv'],
    ['root', 'admin'],
    ['root', '888888'],
    ['root', 'xmhdipc'],
    ['root', 'default'],
    ['admin', 'password'],
  ],
  rest: [
    ['admin', 'admin'],
    ['admin', ''],
    ['admin', 'password'],
    ['admin', '1234'],
    ['admin', '12345'],
    ['root', 'root'],
    ['user', 'user'],
    ['admin', '123456'],
    ['guest', 'guest'],
    ['root', 'admin'],
  ],
}

/**
 * The published pairs to try at a service, at most `most`: those of makers that it or its banners name, then the commonest.
 * @param says everything that the device's services say of themselves
 * @param nameless only a password is asked for: each once
 */
export function choose(protocol: string, says: string, most: number, nameless = false): DefaultCredential[] {
  const fits = defaultCredentials.filter(
    ({ services }) => services === undefined || (services as readonly string[]).includes(protocol),
  )
  const first = FIRST[protocol === 'telnet' || protocol === 'ssh' ? 'shell' : 'rest']!
  const common = first.flatMap(([user, password]) => fits.find((pair) => pair.user === user && pair.password === password) ?? [])
  const chosen = new Map<string, DefaultCredential>()
  for (const pair of [...fits.filter(({ vendor }) => names(says, vendor)), ...common]) {
    const key = nameless ? pair.password : `${pair.user.length} ${pair.user}${pair.password}`
    // an empty password alone is no log-in
    if (!chosen.has(key) && !(nameless && pair.password === '')) chosen.set(key, pair)
    if (chosen.size >= most) break
  }
  return [...chosen.values()]
}

function names(says: string, vendor: string): boolean {
  if (vendor === 'generic') return false
  const sign = SIGNS[vendor] ?? new RegExp(`\\b${vendor.replaceAll(/[-. ]+/g, '[-_. ]?')}\\b`, 'i')
  return sign.test(says)
}
