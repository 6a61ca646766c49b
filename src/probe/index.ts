import type { DeviceProbe, SiteProbe } from './probe.ts'
import { accessibility } from './accessibility/accessibility.ts'
import { datagrams } from './datagrams/datagrams.ts'
import { interfaces } from './interfaces/interfaces.ts'
import { lockout } from './logins/lockout.ts'
import { logins } from './logins/logins.ts'
import { siteDisclosure } from './maker/site-disclosure.ts'
import { siteMail } from './maker/site-mail.ts'
import { siteNames } from './maker/site-names.ts'
import { siteWeb } from './maker/site-web.ts'
import { pages } from './pages/pages.ts'
import { scan } from './scan/scan.ts'
import { services } from './services/services.ts'
import { tls } from './tls/tls.ts'

/** In the order in which they are asked: the scan finds what the others ask. A new probe is a new folder and a line here. */
export const deviceProbes: readonly DeviceProbe[] = [
  scan,
  services,
  datagrams,
  interfaces,
  tls,
  pages,
  logins,
  lockout,
  accessibility,
]
export const siteProbes: readonly SiteProbe[] = [siteDisclosure, siteMail, siteNames, siteWeb]
