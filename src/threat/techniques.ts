/** MITRE ATT&CK techniques that detectors name: id to name and matrix (attack.mitre.org; version 17 for Enterprise and ICS). */
export const TECHNIQUES = {
  T1046: { name: 'Network Service Discovery', matrix: 'enterprise' },
  T1095: { name: 'Non-Application Layer Protocol', matrix: 'enterprise' },
  T1571: { name: 'Non-Standard Port', matrix: 'enterprise' },
  'T1595.001': { name: 'Active Scanning: Scanning IP Blocks', matrix: 'enterprise' },
  'T1110.001': { name: 'Brute Force: Password Guessing', matrix: 'enterprise' },
  'T1078.001': { name: 'Valid Accounts: Default Accounts', matrix: 'enterprise' },
} as const satisfies Record<string, { name: string; matrix: 'enterprise' | 'ics' }>
export type TechniqueId = keyof typeof TECHNIQUES
