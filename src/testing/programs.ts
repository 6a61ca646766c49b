/** ELF files as compilers for things make them (System V ABI), with `size` bytes that are nobody's code. */
export function elf({
  machine = 8,
  little = false,
  wide = false,
  type = 2,
  interpreter = false,
  dynamic = false,
  sections = true,
  size = 600,
}: {
  machine?: number
  little?: boolean
  wide?: boolean
  type?: number
  interpreter?: boolean
  dynamic?: boolean
  sections?: boolean
  size?: number
} = {}): Uint8Array {
  const file = new Uint8Array(Math.max(size, 300))
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1])
  view.setUint16(16, type, little)
  view.setUint16(18, machine, little)
  const headers = [1, ...(interpreter ? [3] : []), ...(dynamic ? [2] : [])]
  const address = (o: number, value: number) =>
    wide ? view.setBigUint64(o, BigInt(value), little) : view.setUint32(o, value, little)
  const head = wide ? 64 : 52
  const step = wide ? 56 : 32
  address(wide ? 32 : 28, head)
  address(wide ? 40 : 32, sections ? file.length - 40 : 0)
  view.setUint16(wide ? 54 : 42, step, little)
  view.setUint16(wide ? 56 : 44, headers.length, little)
  for (const [i, kind] of headers.entries()) view.setUint32(head + i * step, kind, little)
  for (let i = head + headers.length * step; i < file.length; i++) file[i] = (i * 31 + (i >> 8)) & 255
  return file
}
