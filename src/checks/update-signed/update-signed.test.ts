import { describe, expect, it } from 'vitest'
import type { ManifestVerdict } from '../../dossier/supplied-model.ts'
import { aDevice, HOUR, peer, START } from '../../testing/device.ts'
import { finding } from '../../testing/finding.ts'
import { findingsOf } from '../../testing/supplied.ts'
import { updateSigned as check } from './update-signed.ts'

const base = { kind: 'suit', document: 1, state: 'sequence number 4', payloads: 0, payloadsHeld: 0 } as const
const good: ManifestVerdict = { ...base, verifiedBy: 'key 1 of the dossier (ES256)' }
const bad: ManifestVerdict = { ...base, broken: 'the key of the dossier does not verify its signature (ES256)' }

describe('update-signed', () => {
  it('passes where the manifest verifies', () => {
    expect(findingsOf(check, { manifest: { ...good, payloads: 2, payloadsHeld: 1 } })).toMatchObject([
      {
        outcome: 'pass',
        reason:
          'The SUIT manifest of the update (sequence number 4) verifies with key 1 of the dossier (ES256). Of 2 payloads that it names, 1 was at hand and fits.',
        evidence: [
          { document: 1, at: '' },
          { document: 0, at: '/updates' },
        ],
      },
    ])
  })

  it('says which payloads were not at hand', () => {
    const of = (payloads: number, payloadsHeld: number) =>
      findingsOf(check, { manifest: { ...good, payloads, payloadsHeld } })[0]?.reason.split('. ')[1]
    expect([of(0, 0), of(1, 0), of(3, 2)]).toEqual([
      undefined,
      'Of the 1 payload that it names none was at hand.',
      'Of 3 payloads that it names, 2 were at hand and fit.',
    ])
  })

  it('fails where it does not, and contradicts a maker who says that updates are signed', () => {
    expect(findingsOf(check, { manifest: bad })).toMatchObject([
      { outcome: 'fail', severity: 'high', reason: expect.stringMatching(/does not verify: the key/) },
    ])
    expect(findingsOf(check, { manifest: bad })[0]).not.toHaveProperty('contradiction')
    expect(findingsOf(check, { manifest: bad }, { updates: { signed: true } })).toMatchObject([
      {
        outcome: 'fail',
        contradiction: true,
        reason: expect.stringMatching(/^The maker says that updates are signed\. The SUIT manifest/),
        evidence: [{ document: 1 }, { document: 0, at: '/updates/signed' }],
      },
    ])
  })

  it('fails where it had expired when the device was last seen', () => {
    const tuf = (expires: number): ManifestVerdict => ({ ...good, kind: 'tuf', expires, expiresOf: 'timestamp' })
    const last = (START + HOUR) / 1000
    expect(findingsOf(check, { manifest: tuf(last - 1) })).toMatchObject([
      { outcome: 'fail', severity: 'medium', reason: expect.stringMatching(/its timestamp metadata expired on 2026-01-01/) },
    ])
    expect(findingsOf(check, { manifest: tuf(last) })[0]?.outcome).toBe('pass')
  })

  it('is open where nobody can tell whose signature it is', () => {
    const unsettled = { trouble: 'the dossier names no public key to verify it with', next: 'Name one.' }
    expect(findingsOf(check, { manifest: { ...base, unsettled } })).toMatchObject([
      { outcome: 'inconclusive', next: 'Name one.' },
    ])
  })

  it('is open without a manifest, and says where traffic has shown one', () => {
    expect(finding(check, aDevice()).outcome).toBe('inconclusive')
    expect(findingsOf(check, {}, { updates: { signed: true } })).toMatchObject([
      { outcome: 'inconclusive', reason: 'The maker says that updates are signed, but leads to no manifest that shows it.' },
    ])
    const firmware = (url: string) =>
      aDevice().observe(
        'firmware',
        { peer: peer(), url, protection: 'clear', what: 'image', why: '' },
        { exemplars: [{ capture: 0, frame: 9 }] },
      )
    for (const url of [
      'http://fw.example/hub.suit?v=4',
      'https://fw.example/tuf/timestamp.json',
      'https://fw.example/2.root.json',
    ])
      expect(finding(check, firmware(url))).toMatchObject({
        outcome: 'inconclusive',
        reason: expect.stringContaining(url),
        evidence: [{ frame: 9 }],
      })
    for (const url of ['http://fw.example/hub.bin', 'http://fw.example/suit/hub.bin', 'http://fw.example/myroot.json'])
      expect(finding(check, firmware(url)).reason).not.toContain(url)
  })

  it('fails where the maker says that updates are not signed', () => {
    expect(findingsOf(check, {}, { updates: { signed: false } })).toMatchObject([
      { outcome: 'fail', severity: 'high', evidence: [{ document: 0, at: '/updates/signed' }] },
    ])
  })

  it('is unanswered where the manifest cannot be read', () => {
    const trouble = { trouble: 'the update manifest cannot be read: it is no SUIT envelope', next: 'Put it there.' }
    expect(findingsOf(check, { manifest: trouble })).toMatchObject([
      { outcome: 'error', reason: 'The update manifest cannot be read: it is no SUIT envelope.' },
    ])
  })
})
