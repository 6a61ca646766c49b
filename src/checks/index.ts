import type { Check } from './check.ts'
import { attacksOthers } from './attacks-others/attacks-others.ts'
import { brokenLanProtocol } from './broken-lan-protocol/broken-lan-protocol.ts'
import { bruteForceTolerated } from './brute-force-tolerated/brute-force-tolerated.ts'
import { certificateNotVerified } from './certificate-not-verified/certificate-not-verified.ts'
import { cleartextInternet } from './cleartext-internet/cleartext-internet.ts'
import { cleartextLocal } from './cleartext-local/cleartext-local.ts'
import { countriesContacted } from './countries-contacted/countries-contacted.ts'
import { credentialsInClear } from './credentials-in-clear/credentials-in-clear.ts'
import { dangerousServices } from './dangerous-services/dangerous-services.ts'
import { dataFootprint } from './data-footprint/data-footprint.ts'
import { defaultCredentials } from './default-credentials/default-credentials.ts'
import { firmwareUnprotected } from './firmware-unprotected/firmware-unprotected.ts'
import { hardcodedResolver } from './hardcoded-resolver/hardcoded-resolver.ts'
import { hardwareAddressRevealed } from './hardware-address-revealed/hardware-address-revealed.ts'
import { idleChatter } from './idle-chatter/idle-chatter.ts'
import { namesRevealed } from './names-revealed/names-revealed.ts'
import { openStandards } from './open-standards/open-standards.ts'
import { personalDataInClear } from './personal-data-in-clear/personal-data-in-clear.ts'
import { reachedFromInternet } from './reached-from-internet/reached-from-internet.ts'
import { servicesOffered } from './services-offered/services-offered.ts'
import { thirdParties } from './third-parties/third-parties.ts'
import { tlsWeak } from './tls-weak/tls-weak.ts'
import { trackers } from './trackers/trackers.ts'
import { unauthenticatedTime } from './unauthenticated-time/unauthenticated-time.ts'
import { unencryptedDns } from './unencrypted-dns/unencrypted-dns.ts'
import { updateTrafficSeen } from './update-traffic-seen/update-traffic-seen.ts'
import { upnpPortMapping } from './upnp-port-mapping/upnp-port-mapping.ts'
import { webWithoutLogin } from './web-without-login/web-without-login.ts'
import { portsDeclared } from './ports-declared/ports-declared.ts'
import { defaultLogin } from './default-login/default-login.ts'
import { openWithoutLogin } from './open-without-login/open-without-login.ts'
import { lockout } from './lockout/lockout.ts'
import { servicesTls } from './services-tls/services-tls.ts'
import { adminPage } from './admin-page/admin-page.ts'
import { pagesEncrypted } from './pages-encrypted/pages-encrypted.ts'
import { accessiblePage } from './accessible-page/accessible-page.ts'
import { backendAuthenticated } from './backend-authenticated/backend-authenticated.ts'
import { worksOffline } from './works-offline/works-offline.ts'
import { siteHttps } from './site-https/site-https.ts'
import { siteHeaders } from './site-headers/site-headers.ts'
import { securityTxt } from './security-txt/security-txt.ts'
import { advisoriesPublished } from './advisories-published/advisories-published.ts'
import { mailAuthenticated } from './mail-authenticated/mail-authenticated.ts'
import { dmarcEnforced } from './dmarc-enforced/dmarc-enforced.ts'
import { mailTransport } from './mail-transport/mail-transport.ts'
import { namesProtected } from './names-protected/names-protected.ts'
import { undeclaredThirdParty } from './undeclared-third-party/undeclared-third-party.ts'
import { undeclaredCountry } from './undeclared-country/undeclared-country.ts'
import { undeclaredData } from './undeclared-data/undeclared-data.ts'
import { undeclaredUpdatePath } from './undeclared-update-path/undeclared-update-path.ts'
import { updateSigned } from './update-signed/update-signed.ts'
import { billOfMaterials } from './bill-of-materials/bill-of-materials.ts'
import { knownVulnerabilities } from './known-vulnerabilities/known-vulnerabilities.ts'
import { statements } from './statements/statements.ts'

/** Every check, in the order in which findings are given: security, privacy, interoperability, legal, development. */
export const checks: readonly Check[] = [
  cleartextInternet,
  cleartextLocal,
  tlsWeak,
  certificateNotVerified,
  credentialsInClear,
  defaultCredentials,
  bruteForceTolerated,
  attacksOthers,
  dangerousServices,
  webWithoutLogin,
  servicesOffered,
  reachedFromInternet,
  upnpPortMapping,
  brokenLanProtocol,
  firmwareUnprotected,
  updateTrafficSeen,
  hardcodedResolver,
  unauthenticatedTime,
  personalDataInClear,
  trackers,
  thirdParties,
  unencryptedDns,
  namesRevealed,
  hardwareAddressRevealed,
  openStandards,
  countriesContacted,
  dataFootprint,
  idleChatter,
  portsDeclared,
  defaultLogin,
  openWithoutLogin,
  lockout,
  servicesTls,
  pagesEncrypted,
  adminPage,
  accessiblePage,
  backendAuthenticated,
  worksOffline,
  siteHttps,
  siteHeaders,
  securityTxt,
  advisoriesPublished,
  mailAuthenticated,
  dmarcEnforced,
  mailTransport,
  namesProtected,
  undeclaredThirdParty,
  undeclaredCountry,
  undeclaredData,
  undeclaredUpdatePath,
  updateSigned,
  billOfMaterials,
  knownVulnerabilities,
  ...statements,
]
