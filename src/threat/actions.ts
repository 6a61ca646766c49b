import type { Severity } from './detector.ts'
import type { Campaign, Stage } from './stage.ts'

/** Something to do, for who owns the network: `title` is an order, `text` says how, and why it stands here. */
export interface Action {
  /** 'isolate', 'password': the same in every threat. */
  id: string
  title: string
  text: string
}

/** As much of a threat as decides what to do. */
export interface Acted {
  campaign: Campaign
  severity: Severity
  steps: readonly {
    stage: Stage
    severity: Severity
    role: 'source' | 'target'
    indicators: readonly { type: string; value: string; role: string }[]
  }[]
}

/** Stages from which on somebody else has a say in the device. */
const TAKEN: ReadonlySet<Stage> = new Set(['entered', 'loading', 'fetched', 'commanded', 'scanning', 'attacking', 'exfiltrating'])

const KEEP: Action = {
  id: 'keep',
  title: 'Keep the capture',
  text: 'Copy the capture and this report to a safe place before anything else: a restart destroys what is in memory, and who helps you will ask for the packets.',
}
const ISOLATE: Action = {
  id: 'isolate',
  title: 'Take the device off the network',
  text: 'Pull its network cable, or block it in the router. That ends what it does to others, and nobody can tell it anything any more.',
}
const ISOLATE_ROUTER: Action = {
  id: 'isolate',
  title: 'Take the router off the Internet',
  text: 'Pull the cable to the Internet connection, not the power. What follows is done from a computer on a cable of the router.',
}
const RESTART: Action = {
  id: 'restart',
  title: 'Switch it off and on again, still off the network',
  text: 'Programs such as Mirai live in memory only and are gone after a restart. That alone cures nothing: with the same password or the same flaw it is taken again within minutes of being reachable.',
}
const UPDATE: Action = {
  id: 'update',
  title: "Install the maker's newest software",
  text: 'From a file on a computer where the device allows it. Where there is none of this year, the door by which they came in may stay open for good.',
}
const PASSWORD: Action = {
  id: 'password',
  title: 'Give it a new password',
  text: 'At least 12 characters that are used nowhere else, for every account that it has, before it goes back on the network. Where its password cannot be changed, do not put it back.',
}
const CLOSE: Action = {
  id: 'close',
  title: 'Close the way in',
  text: 'Delete port forwardings to it in the router, switch off UPnP (which lets devices open the router themselves), and switch off Telnet, SSH and remote access in the device.',
}
const RESET: Action = {
  id: 'reset',
  title: 'Reset it to factory settings if it starts again',
  text: 'Some programs survive a restart. Reset it, update it, change its password, and audit a day of its traffic again.',
}
const BLOCK: Action = {
  id: 'block',
  title: 'Block the addresses of those who did it',
  text: 'Command servers, loaders and guessers that are named here, in the router, for all devices. It gains time only: they change addresses.',
}
const RETURN: Action = {
  id: 'return',
  title: 'If it cannot be mended: back to the seller',
  text: 'A device that takes the same password on every copy, or gets no more updates, is a defect. Tell the maker (its security contact, if it has one), and give it back.',
}
const TELL: Action = {
  id: 'tell',
  title: 'Tell your Internet provider',
  text: 'It may have seen the attack already and can help. A firm also tells the national CERT, and the authority where personal data was touched.',
}
const SECRETS: Action = {
  id: 'secrets',
  title: 'Change what it knew',
  text: 'The Wi-Fi password, and passwords of services that were stored in it: whoever was in could read them. Ask what it could see or hear.',
}
const CHECK_PASSWORD: Action = {
  ...PASSWORD,
  title: 'Make sure that its password is not the one it came with',
  text: 'Nothing shows that they got in. They try lists of passwords that devices are delivered with: one of your own, of at least 12 characters, ends it.',
}
const WATCH: Action = {
  id: 'watch',
  title: 'Audit its traffic again in some days',
  text: 'To see whether it went further: an attempt that failed is background of the Internet, one that succeeds shows in what the device does next.',
}
const PROVIDER: Action = {
  id: 'provider',
  title: 'Ask your Internet provider to filter it',
  text: 'A flood is stopped where there is room for it, before your line. Give the time, the target address and the ports named here. A new address (switch the router off for an hour) may help.',
}
const SOURCE: Action = {
  id: 'source',
  title: 'Look at who sends it',
  text: 'Where the sender is a device of your own network, that one is to be taken off the network, not this one.',
}
const WHOSE: Action = {
  id: 'whose',
  title: 'Ask whose doing it is',
  text: 'Parental controls, some ad blockers and network scanners stand between devices on purpose, in the same way. If nobody at home knows of one, go on.',
}
const REFRESH: Action = {
  id: 'refresh',
  title: 'Restart the router and the devices it came between',
  text: 'They forget the wrong addresses that they were given.',
}
const WIFI: Action = {
  id: 'wifi',
  title: 'Change the Wi-Fi password',
  text: 'Who does this is inside your network. Give guests a network of their own.',
}
const USED: Action = {
  id: 'used',
  title: 'Change passwords that were used meanwhile',
  text: 'Above all of pages and devices that do not use HTTPS. A warning of a wrong certificate in that time was meant seriously.',
}
const PURPOSE: Action = {
  id: 'purpose',
  title: 'Ask whether it is meant to do that',
  text: 'Apps and hubs that look for devices do in small what infected devices do in large. If you know of such a one, this is it; if not, go on.',
}
const LOOK: Action = {
  id: 'look',
  title: 'Read what the rule or list says',
  text: 'It was written by others, and is right or wrong by their standard. Look at the packets that it names before you act.',
}
const NOTHING: Action = {
  id: 'nothing',
  title: 'Nothing needs to be done now',
  text: 'It is told so that you know of it, and because it may be the beginning of something.',
}

/** What to do about a threat, in order. `router`: it is the network's way out, which is not simply unplugged. */
export function actionsFor(threat: Acted, router = false): Action[] {
  if (threat.severity === 'info' || threat.severity === 'low') return [attempted(threat) ? prevention(threat)[0]! : NOTHING]
  const list = LISTS[threat.campaign](threat)
  return list.map((action) => (router && action === ISOLATE ? ISOLATE_ROUTER : action))
}

const LISTS: Record<Campaign, (threat: Acted) => Action[]> = {
  recruitment: (threat) => {
    if (taken(threat, grave)) return cure(threat)
    // a weak sign of something that it does itself
    if (taken(threat, (severity) => severity === 'medium', 'source')) return [KEEP, PURPOSE, RESTART, PASSWORD, UPDATE, WATCH]
    return [...prevention(threat), ...blocking(threat), WATCH]
  },
  'under-attack': (threat) => [KEEP, SOURCE, PROVIDER, CLOSE, ...blocking(threat), TELL],
  interception: (threat) => {
    const doing = threat.steps.some(({ role }) => role === 'source')
    return doing ? [KEEP, WHOSE, ISOLATE, REFRESH, WIFI, USED] : [KEEP, WHOSE, REFRESH, WIFI, USED]
  },
  rule: (threat) => (grave(threat.severity) ? [KEEP, LOOK, ISOLATE, ...blocking(threat), PASSWORD, UPDATE] : [LOOK, WATCH]),
}

/** Of a device that others have in hand. */
function cure(threat: Acted): Action[] {
  const carried = threat.steps.some(({ stage, severity }) => stage === 'exfiltrating' && grave(severity))
  const told = threat.severity === 'critical' ? [TELL] : []
  return [
    KEEP,
    ISOLATE,
    RESTART,
    UPDATE,
    PASSWORD,
    CLOSE,
    ...(carried ? [SECRETS] : []),
    RESET,
    ...blocking(threat),
    RETURN,
    ...told,
  ]
}

function prevention(threat: Acted): Action[] {
  const guessed = threat.steps.some(({ stage, role }) => stage === 'guessed' && role === 'target')
  return guessed ? [CHECK_PASSWORD, CLOSE, UPDATE] : [CLOSE, CHECK_PASSWORD, UPDATE]
}

/** Somebody tried something on it. */
function attempted({ campaign, steps }: Acted): boolean {
  return (
    campaign === 'recruitment' &&
    steps.some(({ stage, role }) => role === 'target' && (stage === 'guessed' || stage === 'loading'))
  )
}

/** By a step as grave as is asked for, of that role where it matters. */
function taken({ steps }: Acted, asked: (severity: Severity) => boolean, by?: 'source' | 'target'): boolean {
  return steps.some(({ stage, severity, role }) => TAKEN.has(stage) && asked(severity) && (by === undefined || role === by))
}

function blocking({ steps }: Acted): Action[] {
  return steps.some(({ indicators }) => indicators.some(({ type }) => type === 'ip' || type === 'domain' || type === 'url'))
    ? [BLOCK]
    : []
}

function grave(severity: Severity): boolean {
  return severity === 'high' || severity === 'critical'
}
