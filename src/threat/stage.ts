/**
 * The stages in which things are recruited into botnets, in their order, after Antonakakis et al., "Understanding the Mirai Botnet" (USENIX
 * Security 2017, section 3) and what later families changed (loaders by exploit, peer-to-peer command channels); and four kinds of misuse
 * beside them.
 */
export const STAGES = {
  probed: 'Looked for',
  guessed: 'Passwords tried',
  entered: 'Got in',
  loading: 'Exploit or loader',
  fetched: 'Program fetched',
  commanded: 'Takes commands',
  scanning: 'Looks for others',
  attacking: 'Attacks',
  exfiltrating: 'Carries data away',
  flooded: 'Under attack',
  intercepting: 'In the way of others',
  matched: 'Matched a rule',
} as const
export type Stage = keyof typeof STAGES
export const STAGE_ORDER = Object.keys(STAGES) as readonly Stage[]

/** What is told of together: one alert a device and campaign. */
export const CAMPAIGNS = {
  recruitment: 'Recruited into a botnet',
  'under-attack': 'Under attack',
  interception: 'Interception on the local network',
  rule: 'Matched rules and lists',
} as const
export type Campaign = keyof typeof CAMPAIGNS
