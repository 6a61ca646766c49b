import type { SensorDesk } from '../evidence/sensor.ts'

/** Where an address in text is. */
export function scopeOf({ addresses }: SensorDesk, ip: string): 'internet' | 'local' {
  const key = addresses.parse(ip)
  return key === undefined || addresses.range(key) === 'internet' ? 'internet' : 'local'
}
