import { describe, expect, it } from 'vitest'
import { peer } from '../testing/device.ts'
import { byDesign } from './by-design.ts'

const request = { peer: peer({ port: 80 }), method: 'GET', host: 'api.example.com', path: '/' }

describe('what is in clear by design', () => {
  it.each([
    ['OCSP by its answer (RFC 6960)', { method: 'POST', contentType: 'application/ocsp-response' }, 'certificate status'],
    ['OCSP by its name', { host: 'ocsp.example.com', path: '/MFEwTzBN' }, 'certificate status'],
    ['OCSP with a port', { host: 'ocsp2.example.com:80' }, 'certificate status'],
    ['a revocation list', { path: '/ca.crl', contentType: 'application/pkix-crl' }, 'certificate status'],
    ["an authority's certificate", { path: '/pki/root.crt', contentType: 'application/octet-stream' }, 'certificate status'],
    ['Android', { host: 'connectivitycheck.gstatic.com', path: '/generate_204' }, 'connectivity check'],
    ['Android, as an observer writes it', { path: '/generate_*' }, 'connectivity check'],
    ['Apple', { host: 'captive.apple.com', path: '/hotspot-detect.html' }, 'connectivity check'],
  ] as const)('%s', (_, given, what) => {
    expect(byDesign({ ...request, ...given })).toBe(what)
  })

  it.each([
    ['anything else', {}],
    ["what is carried away under a probe's name", { method: 'POST', path: '/generate_204' }],
    ['a page called .crl', { path: '/x.crl', contentType: 'text/html' }],
    ['a host that only begins alike', { host: 'ocspy.example.com' }],
    ['a longer path', { path: '/generate_204/upload' }],
  ] as const)('not %s', (_, given) => {
    expect(byDesign({ ...request, ...given })).toBeUndefined()
  })
})
