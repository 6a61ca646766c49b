import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { cutRules } from '../cut/rules.ts'
import { impostorRules } from '../impostor/rules.ts'
import { nftPath, script } from './table.ts'
import type { Who } from './who.ts'

/** nft reads rules without making them, in a network of its own, which anybody may have. */
function nft(rules: string): { status: number | null; stderr: string } {
  const args = ['--user', '--map-root-user', '--net', nftPath(), '--check', '--file', '-']
  return spawnSync('unshare', args, { input: rules, encoding: 'utf8' })
}

const missing =
  nft('table inet x { }').status === 0 ? '' : ' (skipped, needs nft and user namespaces: sudo apt-get install -y nftables)'

const WHO: readonly Who[] = [
  { by: 'mac', address: '02:00:00:00:00:01' },
  { by: 'ip', address: '192.168.1.7' },
  { by: 'ip6', address: '2001:db8::7' },
]

describe.skipIf(missing !== '')(`rules, as nft reads them${missing}`, () => {
  it.each(WHO)('tell a device by its $by', (who) => {
    for (const near of [
      { v4: ['192.168.1.1/24', '192.168.1.0/25', '10.0.0.1/8'], v6: ['fd00::1/64', 'fe80::1/64'] },
      { v4: [], v6: [] },
    ]) {
      const impostor = impostorRules(who, 130, { dns: 5353, calls: 4433 }, near)
      expect(nft(script('assay_impostor', impostor))).toMatchObject({ stderr: '', status: 0 })
      expect(nft(script('assay_cut', cutRules(who, 60.5, near)))).toMatchObject({ stderr: '', status: 0 })
    }
  })

  it('are looked at: what is no rule is refused', () => {
    const rules = cutRules({ by: 'mac', address: 'nobody' }, 60, { v4: [], v6: [] })
    expect(nft(script('assay_cut', rules)).status).not.toBe(0)
  })
})
