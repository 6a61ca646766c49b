import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { must, program, type Host } from '../host.ts'
import type { Authority } from '../pki.ts'
import { type Maker, makers, lan, resolver, servers, tracker } from './names.ts'

/** Everything beyond the router: a name server, and each maker's sites, mail, backend and updates. Gives the DNSSEC anchor. */
export async function startCloud(cloud: Host, authority: Authority, today: string): Promise<string> {
  const ips = [resolver, tracker.ip, ...makers.flatMap((maker) => Object.values(servers[maker]))]
  await must(
    cloud.inside([
      'sh',
      '-ec',
      `ip addr add ${lan.wanPeer}/24 dev wan
       ip link set wan up
       ip route add 192.168.60.0/24 via ${lan.wan}
       ${ips.map((ip) => `ip addr add ${ip}/32 dev lo`).join('\n')}`,
    ]),
  )
  const anchor = await names(cloud)
  for (const maker of makers) await startMaker(cloud, authority, maker, today)
  const pem = await authority.issue('good', tracker.name)
  site(cloud, { ip: tracker.ip, pem, redirect: false, headers: false, files: { '/': ['text/html', 'ok'] } })
  return anchor
}

interface Site {
  ip: string
  pem: string
  redirect: boolean
  headers: boolean
  files: Record<string, [type: string, text: string]>
}

function site(cloud: Host, options: Site): void {
  cloud.start([...program('site'), JSON.stringify(options)])
}

async function startMaker(cloud: Host, authority: Authority, maker: Maker, today: string): Promise<void> {
  const good = maker === 'sound'
  const { api, www, mx, updates } = servers[maker]
  const issue = (name: string) => authority.issue('good', `${name}.${maker}.example`)
  const page = (title: string): [string, string] => [
    'text/html; charset=utf-8',
    `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><p>Of ${maker}.</p>`,
  ]
  const files: Site['files'] = { '/': page('Welcome') }
  for (const name of ['privacy', 'security', 'support', 'history', 'accessibility', 'updates', 'conformity'])
    if (good || name === 'privacy') files[`/${name}.html`] = page(name)
  if (good) Object.assign(files, reporting(today))
  site(cloud, { ip: www, pem: await issue('www'), redirect: good, headers: good, files })
  site(cloud, { ip: api, pem: await issue('api'), redirect: false, headers: good, files: { '/': page('api') } })
  const image = Buffer.alloc(12_288, `${maker} plug `)
  image.writeUInt32BE(0x27051956, 0)
  const firmware: Site['files'] = { '/plug.bin': ['application/octet-stream', image.toString('base64')] }
  site(cloud, { ip: updates, pem: await issue('updates'), redirect: false, headers: good, files: firmware })
  cloud.start([...program('smtp'), good ? await issue('mx') : '-', mx])
  if (good)
    site(cloud, {
      ip: mx,
      pem: await issue('mta-sts'),
      redirect: false,
      headers: true,
      files: { '/.well-known/mta-sts.txt': ['text/plain', mtaSts] },
    })
}

const mtaSts = 'version: STSv1\r\nmode: enforce\r\nmx: mx.sound.example\r\nmax_age: 604800\r\n'

/** RFC 9116, and CSAF 2.0 section 7. */
function reporting(today: string): Site['files'] {
  const base = 'https://www.sound.example/.well-known'
  const expires = new Date(Date.parse(today) + 200 * 86_400_000).toISOString().slice(0, 19)
  const stamp = `${today}T00:00:00Z`
  const publisher = { category: 'vendor', name: 'Sound Things GmbH', namespace: 'https://www.sound.example' }
  const provider = {
    canonical_url: `${base}/csaf/provider-metadata.json`,
    distributions: [{ directory_url: `${base}/csaf/white/` }],
    last_updated: stamp,
    list_on_CSAF_aggregators: true,
    metadata_version: '2.0',
    mirror_on_CSAF_aggregators: true,
    publisher,
    role: 'csaf_provider',
  }
  const advisory = {
    document: {
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      publisher,
      title: 'Plug 2: a weakness in parsing, mended in 2.4.1',
      distribution: { tlp: { label: 'WHITE' } },
      tracking: {
        id: 'SOUND-2026-1',
        status: 'final',
        version: '1',
        initial_release_date: stamp,
        current_release_date: stamp,
        revision_history: [{ date: stamp, number: '1', summary: 'First release.' }],
      },
    },
    product_tree: { full_product_names: [{ name: 'Plug 2 firmware 2.4.1', product_id: 'P1' }] },
    vulnerabilities: [
      {
        notes: [{ category: 'description', text: 'A parser read too far.' }],
        product_status: { fixed: ['P1'] },
        title: 'Read too far',
      },
    ],
  }
  const json = (value: unknown): [string, string] => ['application/json', JSON.stringify(value)]
  const year = today.slice(0, 4)
  return {
    '/.well-known/security.txt': [
      'text/plain; charset=utf-8',
      `Contact: mailto:security@sound.example\r\nExpires: ${expires}Z\r\nPolicy: https://www.sound.example/security.html\r\nCanonical: ${base}/security.txt\r\nPreferred-Languages: en, de\r\nCSAF: ${base}/csaf/provider-metadata.json\r\n`,
    ],
    '/.well-known/csaf/provider-metadata.json': json(provider),
    '/.well-known/csaf/white/index.txt': ['text/plain', `${year}/sound-2026-1.json\n`],
    '/.well-known/csaf/white/changes.csv': ['text/csv', `"${year}/sound-2026-1.json","${stamp}"\n`],
    [`/.well-known/csaf/white/${year}/sound-2026-1.json`]: json(advisory),
  }
}

/** bind9, which signs the sound maker's zone; all else does not exist. Gives that zone's DS record. */
async function names(cloud: Host): Promise<string> {
  const dkim = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64')
  const long = dkim
    .match(/.{1,200}/g)!
    .map((piece) => `"${piece}"`)
    .join(' ')
  const zone = (maker: Maker, more: string) => {
    const { api, www, mx, updates } = servers[maker]
    return `$TTL 300
@ IN SOA ns.${maker}.example. hostmaster.${maker}.example. 1 3600 600 86400 300
@ IN NS ns.${maker}.example.
ns IN A ${resolver}
@ IN A ${www}
www IN A ${www}
api IN A ${api}
updates IN A ${updates}
mx IN A ${mx}
@ IN MX 10 mx.${maker}.example.
${more}
`
  }
  cloud.write(
    'zones/sound.example',
    zone(
      'sound',
      `@ IN TXT "v=spf1 mx -all"
default._domainkey IN TXT "v=DKIM1; k=rsa; p=" ${long}
_dmarc IN TXT "v=DMARC1; p=reject; sp=reject; rua=mailto:dmarc@sound.example"
_mta-sts IN TXT "v=STSv1; id=20260101"
mta-sts IN A ${servers.sound.mx}
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@sound.example"
@ IN CAA 0 issue "ca.example"
@ IN CAA 0 iodef "mailto:security@sound.example"`,
    ),
  )
  cloud.write('zones/poor.example', zone('poor', '@ IN TXT "v=spf1 +all"'))
  const conf = cloud.write(
    'named.conf',
    `options { directory "${cloud.dir}"; pid-file none; session-keyfile none; listen-on { ${resolver}; }; listen-on-v6 { none; };
  recursion no; allow-query { any; }; dnssec-validation no; };
controls { };
zone "sound.example" { type primary; file "${cloud.dir}/zones/sound.example"; dnssec-policy default; inline-signing yes; key-directory "${cloud.dir}"; };
zone "poor.example" { type primary; file "${cloud.dir}/zones/poor.example"; };
zone "google-analytics.com" { type primary; file "${cloud.write('zones/google-analytics.com', `$TTL 300\n@ IN SOA ns.google-analytics.com. h.google-analytics.com. 1 3600 600 86400 300\n@ IN NS ns.google-analytics.com.\nns IN A ${resolver}\nwww IN A ${tracker.ip}\n`)}"; };
zone "." { type primary; file "${cloud.write('zones/root', `$TTL 300\n@ IN SOA ns. h. 1 3600 600 86400 300\n@ IN NS ns.\nns IN A ${resolver}\n`)}"; };
`.replaceAll('; ', ';\n'),
  )
  cloud.start(['named', '-g', '-c', conf, '-u', 'root'])
  // it answers once it has signed
  for (let turn = 0; turn < 40; turn++) {
    const { out } = await cloud.run(['dig', '+short', `@${resolver}`, 'www.sound.example', '+dnssec'])
    if (/ 13 /.test(out))
      return (
        await cloud.sh(`dig @${resolver} sound.example DNSKEY +noall +answer | dnssec-dsfromkey -2 -f - sound.example`)
      ).out.trim()
    await new Promise((done) => setTimeout(done, 250))
  }
  throw new Error(`lab: the name server does not answer: see ${join(cloud.dir, 'named.conf')}`)
}
