import type { DeviceEvidence, Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive, pass, warn } from '../finding.ts'
import { list, size, where } from '../words.ts'

export const firmwareUnprotected: Check = {
  id: 'firmware-unprotected',
  title: 'Protection of updates',
  facet: 'security',
  looksFor: 'Firmware images, and questions whether there is a newer one, that travel in clear.',
  why: 'Who can change an update on its way owns the device, unless it checks a signature; and even then can read it, hold it back or offer an old one.',
  remedy:
    'Maker: sign images and manifests (RFC 9019, SUIT), check before installing, refuse older versions, and fetch over TLS. Owner: update it at home only, never on a network of strangers, and ask the maker whether its updates are signed.',
  passNeeds:
    'At least one image fetched over recognised encryption and none in clear. Whether its signature is checked before it is installed is not seen.',
  run(device) {
    const seen = device.of('firmware')
    const open = seen.filter(({ data }) => data.protection === 'clear' || data.protection === 'broken')
    const images = open.filter(({ data }) => data.what === 'image')
    if (images.length > 0) {
      // high, not critical: a signature inside the image, which traffic cannot rule out, would stop the worst
      return [
        fail(
          'high',
          `Fetched firmware in clear: ${list(images.map((one) => describe(one, device)))}. Whether it checks a signature cannot be seen.`,
          images,
        ),
      ]
    }
    // medium: the answer "nothing newer" can be forged, which keeps known holes open
    if (open.length > 0)
      return [warn('medium', `Asked for updates in clear: ${list(open.map((one) => describe(one, device)))}.`, open)]
    const safe = seen.filter(({ data }) => data.protection === 'encrypted' && data.what === 'image')
    if (safe.length > 0)
      return [pass(`Fetched firmware over encrypted connections only: ${list(safe.map((one) => describe(one, device)))}.`, safe)]
    return [
      inconclusive(
        'No firmware download was seen.',
        'Start an update from the app, or reset the device to an old version, and capture while it updates.',
        seen,
      ),
    ]
  },
}

function describe({ data }: Observation<'firmware'>, device: DeviceEvidence): string {
  const url = data.url.length > 120 ? `${data.url.slice(0, 120)}…` : data.url
  // the address says who sent it, unless it is encrypted and only the name is known
  const from = data.url.includes('://') ? '' : ` from ${where(data.peer, device)}`
  return `${url}${from}${data.size === undefined ? '' : ` (${size(data.size)})`}`
}
