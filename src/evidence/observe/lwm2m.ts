import type { CoapMessage } from '../../decode/protocols/coap.ts'
import type { Lwm2mRegistration } from '../../decode/protocols/lwm2m.ts'
import { type Context, receiverOf, senderOf } from '../context.ts'
import { type Kinds, mask, type Role } from '../kinds.ts'

/** A device tells its manager who it is and what can be managed. */
export function observeRegistration(registration: Lwm2mRegistration, message: CoapMessage, context: Context): void {
  const { kind, endpoint, version, lifetime, binding, objects } = registration
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  const peer = context.peer(receiver, sender)
  const detail: Record<string, string> = { [kind]: 'asked', endpoint: mask(endpoint) }
  if (version !== undefined) detail['version'] = version
  if (lifetime !== undefined) detail['lifetime'] = lifetime
  if (binding !== undefined) detail['binding'] = binding
  if (objects.length > 0) detail['objects'] = objects.join(', ')
  const where = peer.name ?? peer.ip
  context.add(
    sender,
    'protocol',
    `lwm2m client ${where} ${kind}`,
    { protocol: 'lwm2m', role: 'client', peer, detail },
    message.frame,
  )
  const masked = mask(endpoint)
  context.add(
    sender,
    'personal',
    `serial ${masked} lwm2m endpoint name ${where}`,
    { what: 'serial', masked, peer, protocol: 'lwm2m', where: 'endpoint name' },
    message.frame,
  )
}

type Deed = Kinds['control']['deed']
/** Resources of the device object (3): Reboot, Factory Reset; and of the firmware object (5): Package, Package URI, Update. */
const STOPS: ReadonlySet<string> = new Set(['/3/0/4', '/3/0/5'])
const IMAGES: ReadonlySet<string> = new Set(['/5/0/0', '/5/0/1'])

const DEEDS: Readonly<Record<string, readonly [operation: string, deed: Deed]>> = {
  '0.01': ['Read', 'read'],
  '0.02': ['Execute', 'command'],
  '0.03': ['Write', 'write'],
  '0.04': ['Delete', 'write'],
  '0.05': ['Read-Composite', 'read'],
  '0.07': ['Write-Composite', 'write'],
}

/** A manager's request to a device, within the flow of its registration (OMA LwM2M 1.1 Core section 6.3). */
export function observeManaged(message: CoapMessage, context: Context): void {
  const known = DEEDS[message.code]
  const { path, frame } = message
  if (known === undefined || path === undefined) return
  const image = message.code === '0.03' && IMAGES.has(path)
  const stops = message.code === '0.02' && STOPS.has(path)
  const deed: Deed = image ? 'program' : stops ? 'stop' : known[1]
  // of what is read and written the object tells enough; of commands which one it was
  const operation = deed === 'read' || deed === 'write' ? `${known[0]} /${path.split('/')[1]}` : `${known[0]} ${path}`
  const sender = senderOf(message, context)
  const receiver = receiverOf(message, context)
  for (const [role, party, other] of [
    ['client', sender, receiver],
    ['server', receiver, sender],
  ] as const satisfies readonly [Role, unknown, unknown][]) {
    if (party.host < 0) continue
    const peer = context.peer(other, party)
    // who has the keys of DTLS or OSCORE is known by them; in clear nobody is
    const data: Kinds['control'] = {
      role,
      peer,
      protocol: 'lwm2m',
      deed,
      operation,
      outcome: 'unknown',
      authentication: message.oscore ? 'used' : 'none',
    }
    context.add(party, 'control', `lwm2m ${role} ${peer.name ?? peer.ip} ${operation}`, data, frame)
    if (!image || role === 'client') continue
    const url = `coap://${peer.name ?? peer.ip}${path}`
    const why = 'written to the firmware object of LwM2M'
    context.add(
      party,
      'firmware',
      `image ${url}`,
      { peer, url, protection: message.oscore ? 'encrypted' : 'clear', what: 'image', why },
      frame,
    )
  }
}
