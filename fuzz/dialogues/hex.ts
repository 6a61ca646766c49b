/* Numbers and texts as hexadecimal digits, to be put together and read by `bytesOf`. */

export const hex = (value: string): string => Buffer.from(value, 'latin1').toString('hex')
export const u16 = (value: number): string => (value & 0xffff).toString(16).padStart(4, '0')
export const u32 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
export const le16 = (value: number): string => u16(((value & 255) << 8) | ((value >> 8) & 255))
export const le32 = (value: number): string => `${le16(value)}${le16(value >>> 16)}`
