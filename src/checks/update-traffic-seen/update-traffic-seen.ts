import type { Check } from '../check.ts'
import { inconclusive, pass } from '../finding.ts'
import { list, span, where } from '../words.ts'
import { watched } from '../traffic.ts'

export const updateTrafficSeen: Check = {
  id: 'update-traffic-seen',
  title: 'Search for updates',
  facet: 'security',
  looksFor: 'Update checks and firmware downloads, protected or not.',
  why: 'A device that never asks for updates keeps every hole that is found in it.',
  remedy: 'Maker: let devices look for security updates by themselves. Owner: switch automatic updates on in the app.',
  passNeeds: 'At least one update check or firmware download.',
  run(device) {
    const seen = device.of('firmware')
    if (seen.length > 0) {
      const what = list(
        seen.map(({ data }) => `${data.what === 'image' ? 'an image' : 'an update check'} at ${where(data.peer, device)}`),
      )
      return [pass(`Looked for updates: ${what}.`, seen)]
    }
    return [
      inconclusive(
        `No update traffic was recognised in ${span(watched(device))}.`,
        'Capture a week of normal use: many devices look once a day or once a week.',
      ),
    ]
  },
}
