import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as etherTypes from './ether-types.ts'

it('EtherTypes stand in one file', () => {
  const src = new URL('../', import.meta.url)
  const types = Object.values(etherTypes).map((type) => type.toString(16).padStart(4, '0'))
  const written = new RegExp(`\\b0x(?:${types.join('|')})\\b`, 'i')
  const files = (readdirSync(src, { recursive: true }) as string[]).filter((name) =>
    /^(decode|flow|evidence)\/[^/]+(?<!\.test)\.ts$/.test(name),
  )
  expect(files.length).toBeGreaterThan(40)
  const elsewhere = files
    .filter((name) => name !== 'decode/ether-types.ts')
    .filter((name) => written.test(readFileSync(new URL(name, src), 'utf8')))
  expect(elsewhere).toEqual([])
})
