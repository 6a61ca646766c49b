import { describe, expect, it } from 'vitest'
import { firmwareOf } from './firmware.ts'
import type { Download } from './firmware.ts'

const ascii = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0))
const of = (target: string, body: number[] = [], more: Partial<Download> = {}) =>
  firmwareOf({
    method: 'GET',
    target,
    status: 200,
    contentType: 'application/octet-stream',
    body: Uint8Array.from(body),
    ...more,
  })

const UIMAGE = [0x27, 0x05, 0x19, 0x56, 1, 2, 3, 4]
const ELF = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]
const GZIP = [0x1f, 0x8b, 8, 0, 0, 0]
const ZIP = [0x50, 0x4b, 3, 4, 20, 0]
const ESP = [0xe9, 4, 2, 0x40, 0x44, 0x03, 0x10, 0x40, 0xee, 0, 0, 0]
const NOISE = [0x9f, 0x01, 0xc3, 0xe8, 0x00, 0x11]

describe('an image', () => {
  it.each<[string, string, number[], Partial<Download>?]>([
    ['U-Boot, whatever its name', '/get?id=7', UIMAGE],
    ['squashfs', '/x', ascii('hsqs....')],
    ['flattened image tree', '/x', [0xd0, 0x0d, 0xfe, 0xed]],
    ['Android boot', '/x', ascii('ANDROID!')],
    ['TP-Link', '/x', [1, 0, 0, 0, ...ascii('TP-LINK Technologies')]],
    ['a file by name and path', '/firmware/IC-3115W_v3.06.bin', NOISE],
    ['a file by name and path, called text by a small server', '/fw/cam.img', NOISE, { contentType: 'text/plain' }],
    ['an archive under a telling path', '/download/firmware/1.2.3.tar.gz', GZIP],
    ['a program under a telling path', '/static/firmware/agent/DCH-S150/D-Link-DCH-S150-1.1.0-AX', ELF],
    ['an Espressif image', '/d/light.bin', ESP],
    ['part of a file', '/ota/v2.bin', NOISE, { status: 206 }],
    ['update, with a name that only firmware has', '/update/thing-2.0.rom', NOISE],
    ['camel case', '/FirmwareUpdate/latest.bin', NOISE],
  ])('%s', (_, target, body, more) => {
    expect(of(target, body, more)).toMatchObject({ what: 'image' })
  })

  it('says why, and how large', () => {
    expect(of('/a', UIMAGE, { contentLength: 4194304 })).toEqual({
      what: 'image',
      why: 'the body starts as a U-Boot image',
      size: 4194304,
    })
  })
})

describe('a check', () => {
  it.each<[string, string, Partial<Download>?]>([
    ['asks for a version', '/router/firmware/query.aspx?model=DCH-S150', { contentType: 'text/xml' }],
    ['asks by another word', '/ota/check', { contentType: 'application/json' }],
    ['the answer was not seen', '/firmware/1.bin', { status: undefined }],
    ['there was none', '/firmware/1.bin', { status: 404, contentType: 'text/html' }],
    ['only its head was asked for', '/firmware/1.bin', { method: 'HEAD' }],
  ])('%s', (_, target, more) => {
    expect(of(target, more?.contentType === undefined ? [] : ascii('<a>'), more)).toMatchObject({ what: 'check' })
  })
})

describe('neither', () => {
  it.each<[string, string, number[], Partial<Download>?]>([
    ['a page', '/', ascii('<html>'), { contentType: 'text/html' }],
    ['a plain download', '/files/report.zip', ZIP],
    ['a program by itself (malware comes so)', '/bins/mirai.arm7', ELF],
    ['a compressed page', '/index.html', GZIP, { contentType: 'text/html' }],
    ['a .bin that is none of the kind', '/data/table.bin', NOISE],
    ['an update of data', '/update?temperature=21', ascii('ok'), { contentType: 'text/plain' }],
    ['an archive of updates', '/updates/app-1.2.zip', ZIP],
    ['dynamic DNS', '/nic/update?hostname=h', ascii('good'), { contentType: 'text/plain' }],
    ['a word within a word', '/rotate/software/toyota/quota.json', ascii('{}'), { contentType: 'application/json' }],
    ['the version told as telemetry', '/report?firmware=1.2.3&fw=7', ascii('{}'), { contentType: 'application/json' }],
    [
      "a UPnP service's description",
      '/firmwareupdate.xml',
      ascii('<?xml version="1.0"?><scpd xmlns="urn:Belkin:service-1-0">'),
      { contentType: 'text/xml' },
    ],
    ["a maker's page about firmware, its picture", '/firmware/logo.png', [0x89, 0x50, 0x4e, 0x47], { contentType: 'image/png' }],
    ['another method', '/firmware/x.bin', UIMAGE, { method: 'SUBSCRIBE' }],
  ])('%s', (_, target, body, more) => {
    expect(of(target, body, more)).toBeUndefined()
  })
})
