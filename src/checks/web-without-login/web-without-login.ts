import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { addressOf } from '../scan.ts'
import { list, times } from '../words.ts'

export const webWithoutLogin: Check = {
  id: 'web-without-login',
  title: 'Log-in to the web interface',
  facet: 'security',
  looksFor:
    'Pages that the device served to others without asking for a log-in. The front page, log-in pages, pictures, styles and scripts, and descriptions for discovery (XML) are left out.',
  why: 'A page open to everyone on the network is open to every infected thing on it, and through a browser to the web.',
  remedy: 'Maker: ask for a log-in before anything is shown or changed.',
  passNeeds:
    'At least one request that the device refused for want of a log-in (401 with a scheme, or a page with a password field), and none served without.',
  run(device) {
    const asked = device.of('http.server')
    const pages = device.of('probe.page')
    const shown = pages.filter(({ data }) => data.login === 'none' && data.status === 200 && !isHarmless(pathOf(data.url)))
    const open = asked.filter(({ data }) => data.authentication === 'none' && data.status === 200 && !isHarmless(data.path))
    if (open.length > 0) {
      // low: what the page shows or changes is not known, and the listener is inside
      const what = list(open.map(({ data }) => `${data.path.slice(0, 60)} on port ${data.port}`))
      return [
        warn(
          'low',
          `Served pages without asking for a log-in, ${times(open.reduce((sum, one) => sum + one.count, 0))}: ${what}.`,
          open,
        ),
      ]
    }
    if (shown.length > 0)
      return [
        warn(
          'low',
          `Serves pages to whoever asks, without a log-in: ${list(shown.map(({ data }) => data.url.slice(0, 80)))}.`,
          shown,
        ),
      ]
    const closed = asked.filter(({ data }) => data.authentication !== undefined && data.authentication !== 'none')
    if (closed.length > 0)
      return [
        pass(`Asked for a log-in (${list(closed.map(({ data }) => data.authentication!))}), and served nothing without.`, closed),
      ]
    // what a script makes of an empty page is not known; 401 is a demand in whatever words
    const demanding = pages.filter(({ data }) => data.login !== 'none' && (data.login !== 'unknown' || data.status === 401))
    if (demanding.length > 0) {
      const how = list([...new Set(demanding.map(({ data }) => data.login))])
      return [pass(`Asks for a log-in (${how}), and served nothing without when it was asked.`, demanding)]
    }
    const address = addressOf(device)
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`
    return [
      inconclusive(
        'Nobody asked the device for a page that would tell.',
        `Open ${url} in a browser on the same network while capturing.`,
        asked,
      ),
    ]
  },
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}

/** What must be served before anyone can log in. */
function isHarmless(path: string): boolean {
  const plain = path.toLowerCase().split('?', 1)[0]!
  return (
    plain === '/' ||
    /^\/(index|login|signin|logon|default)\b/.test(plain) ||
    /\.(xml|css|js|png|jpe?g|gif|svg|ico|woff2?|ttf|map)$/.test(plain)
  )
}
