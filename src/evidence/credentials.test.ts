import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../testing/corpus.ts'
import { knownDefault } from './credentials.ts'
import { defaultCredentials } from './default-credentials.ts'

// the public list beside the captures; damaged in three places, where scanner.c has root/juantech and admin/smcadmin
const MISPRINTS = new Set(['root jauntech', 'admin 20xbully', '20xbullu smcadmin'])
const captures = corpus('.')
const list = captures === undefined ? '' : resolve(captures, '../lists/mirai-credentials.txt')

describe('known default credentials', () => {
  it('knows pairs, exactly', () => {
    expect(knownDefault('root', 'xc3511')).toBe('Mirai source code')
    expect(knownDefault('pi', 'raspberry')).toBe("maker's manual")
    expect(knownDefault('root', '')).toBe('Mirai source code')
    expect(knownDefault('root', 'xc3512')).toBeUndefined()
    expect(knownDefault('Root', 'xc3511')).toBeUndefined()
    expect(knownDefault('rootx', 'c3511')).toBeUndefined()
    expect(knownDefault(undefined, 'admin')).toBeUndefined()
    expect(knownDefault('admin', undefined)).toBeUndefined()
  })

  it('never names the secret', () => {
    for (const { user, password } of defaultCredentials) {
      const name = knownDefault(user, password)!
      expect(['Mirai source code', "maker's manual"]).toContain(name)
    }
  })

  it.skipIf(!existsSync(list))('holds every pair of the public Mirai list', () => {
    const pairs = readFileSync(list, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    expect(pairs.length).toBeGreaterThanOrEqual(60)
    const missing = pairs.filter((line) => {
      const [user, password] = line.split(' ')
      return !MISPRINTS.has(line) && knownDefault(user, password === '(none)' ? '' : password) === undefined
    })
    expect(missing).toEqual([])
  })
})
