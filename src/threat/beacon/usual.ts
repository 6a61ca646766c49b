/**
 * Ports at which things and their makers' services talk, by IANA's register or by habit: calls there are usual, whatever their rhythm.
 * Telnet, IRC and 8080 are not among them: command servers listen there.
 */
const USUAL = [
  [20, 22],
  [25, 25],
  [53, 53],
  [80, 80],
  [110, 110],
  [123, 123],
  [143, 143],
  [389, 389],
  [443, 443],
  [465, 465],
  [554, 554],
  [587, 587],
  [636, 636],
  [853, 853],
  [989, 995],
  [1194, 1194],
  [1883, 1883],
  [1935, 1935],
  [3478, 3481],
  [5060, 5061],
  [5222, 5223],
  [5228, 5230],
  [5349, 5349],
  [5671, 5672],
  [8443, 8443],
  [8883, 8886],
  [9443, 9443],
] as const

const usual = new Uint8Array(65536)
for (const [from, to] of USUAL) usual.fill(1, from, to + 1)

export function isUsual(port: number): boolean {
  return usual[port] === 1
}
