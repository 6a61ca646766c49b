import type { DeviceEvidence, Endpoint, NetworkEvidence } from '../evidence/evidence.ts'

/** The company behind an endpoint, as the published lists name it, is the device's own maker: no third party. */
export function isMaker(endpoint: Endpoint, device: DeviceEvidence): boolean {
  const company = firstWord(endpoint.thirdParty?.company)
  return company !== '' && company === firstWord(device.identity.vendor)
}

/** Registries write 'Amazon Technologies Inc.', lists 'Amazon Ads': the first word is the name. */
function firstWord(name = ''): string {
  return /^[\p{L}\p{N}-]{3,}/u.exec(name.toLowerCase())?.[0] ?? ''
}

/** Who carries a maker's own service is its processor, not a third party with an interest of its own. */
export function isCarrier(endpoint: Endpoint): boolean {
  const { company = '', category = '' } = endpoint.thirdParty ?? {}
  return CARRYING.test(category) || CARRIERS.has(company)
}

const CARRYING = /hosting|cdn|cloud|utility/i
/** Listed under 'other'. */
const CARRIERS = new Set(['Amazon Web Services'])

/**
 * The address stands for everyone on the network. A subnet's own is told by its last number, as the mask is not in the evidence: no
 * device there has it.
 */
export function isBroadcast(ip: string, network: NetworkEvidence): boolean {
  return ip === '255.255.255.255' || (/^\d+\.\d+\.\d+\.255$/.test(ip) && network.deviceOf(ip) === undefined)
}

/** Machines that do what their user does: which sites they visit says nothing of their maker. */
export function isPersonal({ declared, identity }: DeviceEvidence): boolean {
  // what its maker says it is counts more than what it looks like
  return PERSONAL.has((declared?.dossier.product.category ?? identity.category ?? '').toLowerCase())
}

const PERSONAL = new Set(['computer', 'phone', 'phone or computer', 'tablet'])
