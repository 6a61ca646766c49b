import { describe, expect, it } from 'vitest'
import { defaultPorts, fullPorts, parsePorts, portWords } from './ports.ts'

describe('ports', () => {
  it('are read as they are written', () => {
    expect(parsePorts('80,22,8000-8002,80')).toEqual([80, 22, 8000, 8001, 8002])
    expect(parsePorts('all')).toHaveLength(65_535)
    expect(parsePorts('default')).toEqual(defaultPorts())
    for (const wrong of ['', '0', '65536', '9-8', 'http', '80,', '-1', '1-70000', '80;81', '1e3'])
      expect(parsePorts(wrong), wrong).toBeUndefined()
  })

  it('are a few hundred that things use, or a thousand and more, each once', () => {
    const [some, more] = [defaultPorts(), fullPorts()]
    expect(some.length).toBeGreaterThan(200)
    expect(some.length).toBeLessThan(400)
    expect(more.length).toBeGreaterThan(1000)
    for (const list of [some, more]) expect(new Set(list).size).toBe(list.length)
    expect(some.every((port) => more.includes(port))).toBe(true)
    // what Mirai and its kin try, and what cameras and hubs have
    for (const port of [23, 2323, 5555, 7547, 37215, 554, 34567, 37777, 1883, 8883, 502, 5683, 6668, 9999])
      expect(some).toContain(port)
  })

  it('are told short', () => {
    expect(portWords([80, 22, 8002, 8000, 8001])).toBe('22, 80, 8000–8002')
    expect(portWords([1, 3, 5, 7], 2)).toBe('1, 3 and 2 more')
  })
})
