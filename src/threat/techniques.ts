/** MITRE ATT&CK techniques that detectors name: id to name and matrix (attack.mitre.org; version 17 for Enterprise and ICS). */
export const TECHNIQUES = {
  T1046: { name: 'Network Service Discovery', matrix: 'enterprise' },
  'T1059.004': { name: 'Command and Scripting Interpreter: Unix Shell', matrix: 'enterprise' },
  T1071: { name: 'Application Layer Protocol', matrix: 'enterprise' },
  'T1071.001': { name: 'Application Layer Protocol: Web Protocols', matrix: 'enterprise' },
  'T1078.001': { name: 'Valid Accounts: Default Accounts', matrix: 'enterprise' },
  T1095: { name: 'Non-Application Layer Protocol', matrix: 'enterprise' },
  T1105: { name: 'Ingress Tool Transfer', matrix: 'enterprise' },
  'T1110.001': { name: 'Brute Force: Password Guessing', matrix: 'enterprise' },
  'T1498.001': { name: 'Network Denial of Service: Direct Network Flood', matrix: 'enterprise' },
  'T1498.002': { name: 'Network Denial of Service: Reflection Amplification', matrix: 'enterprise' },
  'T1499.001': { name: 'Endpoint Denial of Service: OS Exhaustion Flood', matrix: 'enterprise' },
  'T1499.002': { name: 'Endpoint Denial of Service: Service Exhaustion Flood', matrix: 'enterprise' },
  T1570: { name: 'Lateral Tool Transfer', matrix: 'enterprise' },
  'T1573.001': { name: 'Encrypted Channel: Symmetric Cryptography', matrix: 'enterprise' },
  'T1595.001': { name: 'Active Scanning: Scanning IP Blocks', matrix: 'enterprise' },
} as const satisfies Record<string, { name: string; matrix: 'enterprise' | 'ics' }>
export type TechniqueId = keyof typeof TECHNIQUES
