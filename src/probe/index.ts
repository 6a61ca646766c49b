import type { DeviceProbe, SiteProbe } from './probe.ts'
import { siteDisclosure } from './maker/site-disclosure.ts'
import { siteMail } from './maker/site-mail.ts'
import { siteNames } from './maker/site-names.ts'
import { siteWeb } from './maker/site-web.ts'
import { scan } from './scan/scan.ts'

/** In the order in which they are asked: the scan finds what the others ask. A new probe is a new folder and a line here. */
export const deviceProbes: readonly DeviceProbe[] = [scan]
export const siteProbes: readonly SiteProbe[] = [siteWeb, siteDisclosure, siteMail, siteNames]
