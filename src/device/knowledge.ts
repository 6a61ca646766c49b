/*
 * What signals say of a device: facts as data. Sources: names that makers give their own products on the wire (DHCP host names,
 * DNS-SD services, UPnP), domains that makers register for their clouds, and the IEEE's registry. A claim's `p` is how often it is
 * right when the signal is there, by our judgement, and more than half; device/identity.ts turns it into weight.
 */
export type Attribute = 'vendor' | 'model' | 'category' | 'name'

export interface Claim {
  attribute: Attribute
  /** The value claimed; `$1` is the pattern's first group, `$0` the whole signal. */
  value: string
  p: number
}

export interface Rule {
  kinds: readonly string[]
  /** Tested on the signal's value; linear by construction (no nested quantifiers). */
  pattern: RegExp
  claims: readonly Claim[]
}

const vendor = (value: string, p: number): Claim => ({ attribute: 'vendor', value, p })
const category = (value: string, p: number): Claim => ({ attribute: 'category', value, p })
const model = (value: string, p: number): Claim => ({ attribute: 'model', value, p })
const name = (value: string, p: number): Claim => ({ attribute: 'name', value, p })

const NAMES = ['dns.name', 'tls.sni', 'http.host'] as const
const CALLED = ['dhcp.hostname', 'mdns.host', 'nbns.name', 'mdns.instance', 'upnp.friendly-name'] as const
const SELF = [
  'upnp.model',
  'mdns.txt',
  'ssdp.server',
  'http.realm',
  'http.title',
  'http.server',
  'banner',
  'rtsp.server',
  'sip.agent',
  ...CALLED,
] as const

/** A maker's own cloud: what a thing contacts says who made it, though a phone with the maker's app contacts it too. */
function cloud(domains: string, maker: string, p = 0.8, kind?: string): Rule {
  const pattern = new RegExp(`(^|\\.)(${domains.replaceAll('.', '\\.')})$`, 'i')
  return { kinds: NAMES, pattern, claims: kind === undefined ? [vendor(maker, p)] : [vendor(maker, p), category(kind, 0.6)] }
}

export const RULES: readonly Rule[] = [
  // what a device says of itself in so many words
  { kinds: ['upnp.manufacturer'], pattern: /^(.{2,60})$/, claims: [vendor('$1', 0.95)] },
  { kinds: ['upnp.model'], pattern: /^(.{2,60})$/, claims: [model('$1', 0.95)] },
  { kinds: ['kasa.model'], pattern: /^(.{2,40})$/, claims: [model('$1', 0.98), vendor('TP-Link', 0.98)] },
  { kinds: ['control.vendor'], pattern: /^(.{2,60})$/, claims: [vendor('$1', 0.95)] },
  { kinds: ['control.model'], pattern: /^(.{2,60})$/, claims: [model('$1', 0.95)] },
  { kinds: ['control.name'], pattern: /^(.{2,60})$/, claims: [name('$1', 0.8)] },
  { kinds: ['mdns.txt'], pattern: /^(?:md|model|usb_MDL|ty)=(.{2,60})$/i, claims: [model('$1', 0.9)] },
  { kinds: ['mdns.txt'], pattern: /^(?:manufacturer|mf|usb_MFG|vendor)=(.{2,40})$/i, claims: [vendor('$1', 0.95)] },
  { kinds: ['upnp.friendly-name', 'kasa.alias'], pattern: /^(.{2,60})$/, claims: [name('$1', 0.95)] },
  { kinds: ['mdns.txt'], pattern: /^fn=(.{2,60})$/, claims: [name('$1', 0.95)] },
  { kinds: ['dhcp.hostname'], pattern: /^(?!localhost|unknown|android-[0-9a-f]+$|ESP_)(.{2,60})$/i, claims: [name('$1', 0.85)] },
  { kinds: ['mdns.host'], pattern: /^(?!localhost)(.{2,60})$/i, claims: [name('$1', 0.7)] },
  { kinds: ['nbns.name'], pattern: /^(.{2,60})$/, claims: [name('$1', 0.6)] },

  // services that only things of a kind offer
  {
    kinds: ['mdns.service'],
    pattern: /^_(ipp|ipps|printer|pdl-datastream|scanner|uscan)\._tcp/,
    claims: [category('printer', 0.95)],
  },
  { kinds: ['mdns.service'], pattern: /^_googlecast\._tcp/, claims: [category('media', 0.85), vendor('Google', 0.6)] },
  { kinds: ['mdns.service'], pattern: /^_(airplay|raop)\._tcp/, claims: [category('media', 0.7)] },
  { kinds: ['mdns.service'], pattern: /^_(spotify-connect|sonos)\._tcp/, claims: [category('speaker', 0.8)] },
  { kinds: ['mdns.service'], pattern: /^_hue\._tcp/, claims: [category('hub', 0.95), vendor('Philips', 0.9)] },
  { kinds: ['mdns.service'], pattern: /^_dhnap\._tcp/, claims: [vendor('D-Link', 0.9)] },
  { kinds: ['mdns.service'], pattern: /^_(axis-video|onvif)\._tcp/, claims: [category('camera', 0.9)] },
  { kinds: ['mdns.service'], pattern: /^_(esphomelib|shelly)\._tcp/, claims: [category('controller', 0.6)] },
  {
    kinds: ['mdns.service'],
    pattern: /^_(companion-link|apple-mobdev2?)\._tcp/,
    claims: [vendor('Apple', 0.8), category('phone or computer', 0.7)],
  },
  { kinds: ['mdns.service'], pattern: /^_(workstation|sftp-ssh|smb|afpovertcp|rfb)\._tcp/, claims: [category('computer', 0.6)] },
  { kinds: ['upnp.device-type'], pattern: /:(MediaRenderer|MediaServer):/, claims: [category('media', 0.75)] },
  {
    kinds: ['ssdp.usn', 'upnp.device-type'],
    pattern: /(?:uuid:Insight-1_0|:insight:)/i,
    claims: [vendor('Belkin', 0.97), model('WeMo Insight', 0.95), category('plug', 0.95)],
  },
  {
    kinds: ['ssdp.usn', 'upnp.device-type'],
    pattern: /(?:uuid:Socket-1_0|:controllee:)/i,
    claims: [vendor('Belkin', 0.97), model('WeMo Switch', 0.9), category('plug', 0.9)],
  },
  {
    kinds: ['ssdp.usn', 'upnp.device-type'],
    pattern: /(?:uuid:Bridge-1_0|:bridge:)/i,
    claims: [vendor('Belkin', 0.95), model('WeMo Link', 0.9), category('hub', 0.9)],
  },

  // names that makers give their products
  {
    kinds: SELF,
    pattern: /(?:^|[^a-z])(DCS-\d{3,4}[A-Z]{0,3})/i,
    claims: [vendor('D-Link', 0.95), model('$1', 0.9), category('camera', 0.97)],
  },
  {
    kinds: SELF,
    pattern: /(?:^|[^a-z])(DSP-W\d{3})/i,
    claims: [vendor('D-Link', 0.95), model('$1', 0.95), category('plug', 0.97)],
  },
  {
    kinds: SELF,
    pattern: /(?:^|[^a-z])(DCH-S220)/i,
    claims: [vendor('D-Link', 0.95), model('$1', 0.95), category('alarm', 0.95)],
  },
  {
    kinds: SELF,
    pattern: /(?:^|[^a-z])(DCH-S1[56]0)/i,
    claims: [vendor('D-Link', 0.95), model('$1', 0.95), category('sensor', 0.95)],
  },
  {
    kinds: SELF,
    pattern: /(?:^|[^a-z])(DCH-G0\d\d)/i,
    claims: [vendor('D-Link', 0.95), model('$1', 0.95), category('hub', 0.95)],
  },
  {
    kinds: SELF,
    pattern: /^((?:HS|KP|EP|P)1\d{2}M?)(?:\([A-Z]{2}\))?$/,
    claims: [vendor('TP-Link', 0.9), model('$1', 0.95), category('plug', 0.95)],
  },
  {
    kinds: SELF,
    pattern: /^((?:LB|KL|L)[1-9]\d{2}[A-Z]?)(?:\([A-Z]{2}\))?$/,
    claims: [vendor('TP-Link', 0.85), model('$1', 0.9), category('bulb', 0.9)],
  },
  {
    kinds: SELF,
    pattern: /^(?:md=)?(BSB00[12])$/,
    claims: [vendor('Philips', 0.97), model('Hue bridge $1', 0.95), category('hub', 0.97)],
  },
  {
    kinds: SELF,
    pattern: /philips[- ]hue|\bIpBridge\//i,
    claims: [vendor('Philips', 0.95), model('Hue bridge', 0.8), category('hub', 0.95)],
  },
  { kinds: CALLED, pattern: /^LIFX/i, claims: [vendor('LIFX', 0.95), category('bulb', 0.95)] },
  { kinds: CALLED, pattern: /sonos/i, claims: [vendor('Sonos', 0.9), category('speaker', 0.95)] },
  { kinds: CALLED, pattern: /^shelly([a-z0-9]+)-/i, claims: [vendor('Shelly', 0.95), model('$1', 0.8)] },
  { kinds: CALLED, pattern: /^(?:tasmota|sonoff)/i, claims: [vendor('Sonoff', 0.6), category('controller', 0.7)] },
  { kinds: SELF, pattern: /chromecast/i, claims: [vendor('Google', 0.95), model('Chromecast', 0.9), category('media', 0.97)] },
  { kinds: SELF, pattern: /\broku\b/i, claims: [vendor('Roku', 0.95), category('media', 0.95)] },
  { kinds: SELF, pattern: /\b(?:ip[ _-]?cam(?:era)?|netcam|webcam|iotcam\w*|localcam)\b/i, claims: [category('camera', 0.85)] },
  { kinds: SELF, pattern: /\b(?:hikvision)\b/i, claims: [vendor('Hikvision', 0.95), category('camera', 0.9)] },
  { kinds: SELF, pattern: /\bdahua\b/i, claims: [vendor('Dahua', 0.95), category('camera', 0.9)] },
  { kinds: SELF, pattern: /\b(?:printer|laserjet|officejet|deskjet)\b/i, claims: [category('printer', 0.7)] },
  { kinds: CALLED, pattern: /\b(?:thermostat)\b/i, claims: [category('thermostat', 0.85)] },
  { kinds: CALLED, pattern: /\b(?:plug|socket|outlet)\b/i, claims: [category('plug', 0.8)] },
  { kinds: CALLED, pattern: /\b(?:bulb|lamp|light)\b/i, claims: [category('bulb', 0.75)] },
  { kinds: CALLED, pattern: /\b(?:sensor)\b/i, claims: [category('sensor', 0.8)] },
  { kinds: CALLED, pattern: /\b(?:hub|bridge|gateway)\b/i, claims: [category('hub', 0.7)] },
  { kinds: CALLED, pattern: /\b(?:tv|television)\b/i, claims: [category('media', 0.8)] },
  { kinds: CALLED, pattern: /\b(?:speaker|soundbar)\b/i, claims: [category('speaker', 0.85)] },
  { kinds: CALLED, pattern: /\bcam(?:era)?\b/i, claims: [category('camera', 0.85)] },
  { kinds: ['rtsp.server'], pattern: /./, claims: [category('camera', 0.8)] },
  {
    kinds: ['http.agent', 'dhcp.vendor-class'],
    pattern: /^Withings/,
    claims: [vendor('Withings', 0.95), category('scale', 0.75)],
  },
  { kinds: ['tuya.product'], pattern: /./, claims: [vendor('Tuya', 0.7)] },
  { kinds: ['miio.id'], pattern: /./, claims: [vendor('Xiaomi', 0.85)] },

  // clouds
  cloud('meethue.com|ecdinterface.philips.com|dcp.cpp.philips.com', 'Philips', 0.9),
  cloud('tplinkcloud.com|tplinkra.com|tplinkdm.net', 'TP-Link', 0.85),
  cloud('mydlink.com|dch.dlink.com|dlink.com', 'D-Link', 0.85),
  cloud('xbcs.net|belkin.com', 'Belkin', 0.85),
  cloud('fitbit.com', 'Fitbit', 0.85),
  cloud('withings.net|withings.com', 'Withings', 0.9, 'scale'),
  cloud('myedimax.com|edimax.com|edilife.com', 'Edimax', 0.9),
  cloud('eq-3.de|eq-3.com|homematic.com|max-portal.elv.de', 'eQ-3', 0.85, 'hub'),
  cloud('tuyaeu.com|tuyaus.com|tuyacn.com|iotbing.com', 'Tuya', 0.75),
  cloud('ring.com|ring.devices.a2z.com', 'Ring', 0.8),
  cloud('nest.com|dropcam.com', 'Google Nest', 0.8),
  cloud('ewelink.cc|coolkit.cc', 'Sonoff', 0.8),
  cloud('xiaoyi.com|us.xiaoyi.com|yitechnology.com', 'Yi', 0.85, 'camera'),
  cloud('io.mi.com|ot.io.mi.com', 'Xiaomi', 0.75),
  cloud('sonos.com', 'Sonos', 0.75, 'speaker'),
  cloud('roku.com', 'Roku', 0.75, 'media'),
  cloud('lifx.co|lifx.com', 'LIFX', 0.8, 'bulb'),
  cloud('smartthings.com', 'Samsung SmartThings', 0.7, 'hub'),
  cloud('wyzecam.com|wyze.com', 'Wyze', 0.8, 'camera'),
  cloud('arlo.com|netgear.com', 'Netgear', 0.6),
  cloud('ecobee.com', 'ecobee', 0.85, 'thermostat'),
  cloud('netatmo.net|netatmo.com', 'Netatmo', 0.85),

  // people's own machines, told from things
  { kinds: ['dhcp.vendor-class'], pattern: /^android-dhcp/i, claims: [category('phone', 0.85)] },
  { kinds: ['dhcp.vendor-class'], pattern: /^MSFT 5\.0/, claims: [category('computer', 0.9)] },
  {
    kinds: ['dhcp.hostname', 'mdns.host'],
    pattern: /\b(?:iphone|ipad|galaxy|pixel-\d|oneplus)\b|^android-/i,
    claims: [category('phone', 0.92)],
  },
  { kinds: ['dhcp.hostname', 'mdns.host'], pattern: /\biphone|\bipad|macbook|imac\b/i, claims: [vendor('Apple', 0.95)] },
  { kinds: ['dhcp.hostname', 'mdns.host'], pattern: /macbook|imac|laptop|^desktop-/i, claims: [category('computer', 0.92)] },
  { kinds: ['http.agent'], pattern: /\b(?:Android \d|iPhone|CFNetwork)\b/, claims: [category('phone', 0.8)] },
  { kinds: ['http.agent'], pattern: /Windows NT|Macintosh|X11; Linux/, claims: [category('computer', 0.75)] },
]

/** Makers of radio modules and contract manufacturers: their hardware address says who built the board, not whose product it is. */
export const MODULE_MAKERS =
  /espressif|tuya smart|murata|azurewave|ampak|hon hai|foxconn|lite-?on|realtek|texas instruments|broadcom|gainspan|high[- ]?flying|hi-flying|microchip|silicon lab|nordic semi|quectel|delta electronics|cybertan|universal global|fugui|wistron|askey|arcadyan|sercomm|pegatron|gemtek|compal|quanta|inventec|bilian|shenzhen|hangzhou|marvell|u-blox|telit|simcom|seeed|wiznet|chicony|cc&c/i

/** How registrants of hardware addresses are called by people. The rest loses its legal form only. */
export const BRANDS: readonly [pattern: RegExp, brand: string][] = [
  [/^(philips lighting|signify)/i, 'Philips'],
  [/^tp-?link/i, 'TP-Link'],
  [/^d-?link/i, 'D-Link'],
  [/^belkin/i, 'Belkin'],
  [/^edimax/i, 'Edimax'],
  [/^eq-3/i, 'eQ-3'],
  [/^withings|^nokia health/i, 'Withings'],
  [/^apple/i, 'Apple'],
  [/^samsung/i, 'Samsung'],
  [/^google|^nest labs/i, 'Google'],
  [/^amazon/i, 'Amazon'],
  [/^sonos/i, 'Sonos'],
  [/^roku/i, 'Roku'],
  [/^xiaomi|^beijing xiaomi/i, 'Xiaomi'],
  [/^hikvision|hikvision digital/i, 'Hikvision'],
  [/dahua/i, 'Dahua'],
  [/^raspberry pi/i, 'Raspberry Pi'],
  [/^brother/i, 'Brother'],
  [/^hewlett|^hp inc/i, 'HP'],
  [/^sony/i, 'Sony'],
  [/^lg (electronics|innotek)/i, 'LG'],
  [/^ring /i, 'Ring'],
  [/^lifi labs|^lifx/i, 'LIFX'],
  [/^axis communications/i, 'Axis'],
  [/^intel/i, 'Intel'],
]
