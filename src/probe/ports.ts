/**
 * TCP ports that things really use, with what is found there, as the makers' manuals, IANA's registry and the surveys of exposed devices
 * have them. The order is the order of asking: what tells most comes first.
 */
const USED: readonly (readonly [ports: string, what: string])[] = [
  ['80,443,22,23,21,8080,8443,554,1883,8883', 'pages, shells, files, pictures, brokers'],
  ['53,25,110,143,465,587,993,995', 'names and mail'],
  ['81-90,591,631,2080,3000-3002,3128,5000-5001,5080,5443,5800,6080,7000-7001,7070-7071,7080,7443,7547,8000-8012', 'web pages'],
  ['8014,8042,8060,8069,8081-8091,8096,8099,8100,8112,8123,8161,8180-8182,8200,8222,8280,8291,8333,8384,8400', 'web pages'],
  ['8444-8448,8500,8554,8581,8600,8728-8729,8800,8834,8866,8880,8881,8888,8889,8899,8900,8989,9000-9002', 'web pages'],
  [
    '9009,9010,9043,9060,9080-9083,9090,9091,9095,9100,9123,9191,9200,9443,9527,9530,9876,9898,9981,9998,9999,10000',
    'web, printers',
  ],
  [
    '10001,10080,10243,10443,10554,11434,12345,16992,16993,18080,18081,20000,28080,30005,34567,34599,37777,37778',
    'video recorders',
  ],
  ['2222,22222,2323,23023,26,992,1022,2022,4000,5022,6023,8022,9922,60023', 'shells at other ports'],
  ['5555,5037,4321,2375,2376,6443,10250,2379', 'debugging and control of machines'],
  ['139,445,111,135,548,873,2049,3260,3702,5357,5358', 'files of a local network'],
  ['515,1515,9101,9102,9103,6310', 'printers'],
  ['5900-5902,3389,5938,6000', 'screens'],
  ['8008,8009,7676,55000,55001,1400,1443,4070,3689,3400,3401,3500,49152-49157,5353,1900,2869,5431,2828', 'media and UPnP'],
  ['502,20256,102,44818,2222,4840,4843,20547,1911,4911,47808,1962,2404,789,9600,5006,5007,18245,3671', 'machines and buildings'],
  ['6053,6668,6667,6669,9999,20002,55443,54321,38899,4003,56700,5577,8266,9123,16021,51826,51827', 'lights, plugs, hubs'],
  ['5540,5683,5684,5671,5672,61613,61616,5222,5223,5269,1884,9001,8084,15675', 'brokers and messages'],
  ['5060,5061,1720,2000,5038', 'telephones'],
  ['3306,5432,6379,27017,11211,1433,9042,5984,8086', 'databases that were left open'],
  ['1723,1194,1701,500,4500,1080,8118,9050,9051', 'tunnels and proxies'],
  ['30005,4567,32764,53413,48101,19,7,13,17,37,79,113,512,513,514,5050,8181,37215,52869,52881,61001', 'what botnets look for'],
  ['389,636,88,179,199,427,705,1099,1883,2181,3632,4444,4786,4848,5985,6001,6789,7171,7777,8649,50000,62078', 'others'],
]

/** Ports below 1024, and the ranges in which things open what has no port of its own. */
const FULL_RANGES =
  '1-1023,1024-1060,1900-1910,2000-2010,3000-3010,4000-4010,5000-5010,6660-6670,7000-7010,8000-8100,9000-9100,49152-49170'

/** Printers print what comes to these (LPD, RFC 1179; raw printing): nothing is said there. */
export const PRINTING: ReadonlySet<number> = new Set([515, 9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107])

/** At most, ports in the order of asking. */
export type Ports = readonly number[]

export function defaultPorts(): Ports {
  return expand(USED.map(([ports]) => ports).join(','))!
}

export function fullPorts(): Ports {
  return [...new Set([...defaultPorts(), ...expand(FULL_RANGES)!])]
}

/**
 * '22,80,8000-9000', 'all' or 'default' as ports; undefined for what is none of them. Each is asked once, in the order given.
 */
export function parsePorts(text: string): Ports | undefined {
  if (text === 'default') return defaultPorts()
  if (text === 'full') return fullPorts()
  return expand(text === 'all' ? '1-65535' : text)
}

function expand(text: string): number[] | undefined {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [, first, last] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? []
    if (first === undefined) return undefined
    const [from, to] = [Number(first), Number(last ?? first)]
    if (from < 1 || to > 65_535 || to < from) return undefined
    for (let port = from; port <= to; port++) found.add(port)
  }
  return [...found]
}

/** '22, 80, 8000–9000': what was asked, short. */
export function portWords(ports: Ports, most = 12): string {
  const sorted = ports.toSorted((a, b) => a - b)
  const runs: [number, number][] = []
  for (const port of sorted) {
    const run = runs.at(-1)
    if (run && port === run[1] + 1) run[1] = port
    else runs.push([port, port])
  }
  const words = runs.map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`))
  if (words.length <= most) return words.join(', ')
  return `${words.slice(0, most).join(', ')} and ${words.length - most} more`
}
