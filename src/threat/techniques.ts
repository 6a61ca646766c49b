/** MITRE ATT&CK techniques that detectors name: id to name and matrix (attack.mitre.org; version 17 for Enterprise and ICS). */
export const TECHNIQUES = {
  T1041: { name: 'Exfiltration Over C2 Channel', matrix: 'enterprise' },
  T1046: { name: 'Network Service Discovery', matrix: 'enterprise' },
  'T1048.003': { name: 'Exfiltration Over Unencrypted Non-C2 Protocol', matrix: 'enterprise' },
  'T1071.004': { name: 'Application Layer Protocol: DNS', matrix: 'enterprise' },
  'T1078.001': { name: 'Valid Accounts: Default Accounts', matrix: 'enterprise' },
  'T1110.001': { name: 'Brute Force: Password Guessing', matrix: 'enterprise' },
  T1557: { name: 'Adversary-in-the-Middle', matrix: 'enterprise' },
  'T1557.001': { name: 'LLMNR/NBT-NS Poisoning and SMB Relay', matrix: 'enterprise' },
  'T1557.002': { name: 'ARP Cache Poisoning', matrix: 'enterprise' },
  'T1557.003': { name: 'DHCP Spoofing', matrix: 'enterprise' },
  'T1568.002': { name: 'Dynamic Resolution: Domain Generation Algorithms', matrix: 'enterprise' },
  T1572: { name: 'Protocol Tunneling', matrix: 'enterprise' },
  'T1595.001': { name: 'Active Scanning: Scanning IP Blocks', matrix: 'enterprise' },
} as const satisfies Record<string, { name: string; matrix: 'enterprise' | 'ics' }>
export type TechniqueId = keyof typeof TECHNIQUES
