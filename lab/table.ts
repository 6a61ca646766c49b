import type { Truth } from './truth.ts'

/** The ground truth for people: the README beside a capture. */
export function table(truth: Truth): string {
  const rows = truth.devices.map(
    (d) =>
      `| ${d.name} | ${[d.vendor, d.category].filter(Boolean).join(' ')} | \`${d.mac}\` | ${d.ips.map((ip) => `\`${ip}\``).join('<br>')} | ${d.does} |`,
  )
  const found = truth.devices.map((d) => {
    const must = d.mustFind.map(
      (m) =>
        `| ${m.check}${m.about ? ` (${m.about})` : ''}${m.says ? `, saying "${m.says}"` : ''} | ${m.outcome.join(' or ')} | ${m.because} | \`${m.shown.replaceAll('|', '\\|')}\` |`,
    )
    const not = d.mustNotFind.map(
      (m) =>
        `| ${m.check} | not ${m.outcome.join(', not ')} | ${m.because} | ${m.absent ? `none: \`${m.absent.replaceAll('|', '\\|')}\`` : ''} |`,
    )
    return `### ${d.name}\n\n| check | must say | because | shown by (tshark display filter) |\n|--|--|--|--|\n${[...must, ...not].join('\n')}\n`
  })
  return `# The sample capture and the truth about it

\`${truth.capture}\` was made by the project's own lab (\`node lab/run.ts --out samples --seed ${truth.seed}\`, see docs/lab.md): real software in
Linux network namespaces, without any link to a real network. Hardware addresses begin with real makers' numbers so that
identification has something to go by; the behaviour is the lab's, and says nothing about any maker's products. Passwords, serial numbers, e-mail
addresses and coordinates are made up. Public addresses stand for the cloud and exist in the lab only.

This file and \`home.truth.json\` (the same for programs) are written by the lab from what its scripts do. \`lab/truth.test.ts\` holds every row
to the capture with tshark: a row's filter must match a packet, a filter after "none:" must match none.

A failure or a warning that no row stands for is wrong, too. An audit may know less of what a device
is than the table says, but nothing else. Where the hardware address belongs to the maker of a radio module, no maker is given.

Gateway, not a device: \`${truth.gateway.mac}\`, ${truth.gateway.ips.map((ip) => `\`${ip}\``).join(', ')}. It gives \`${truth.resolver}\` as the resolver.

| device | what | hardware address | addresses | what it does |
|--|--|--|--|--|
${rows.join('\n')}

## What an audit must and must not find

${found.join('\n')}`
}
