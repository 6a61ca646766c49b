import { describe, expect, it } from 'vitest'
import { readPage, tags } from './html.ts'

describe('pages', () => {
  it('reads tags as they are written by hand', () => {
    const found = [...tags(`<A HREF='x>y' b=c d>&lt;<br/><!-- <i> --><script>if (a<b) "<u>"</script><p title="a&amp;b&#39;">`)]
    expect(found.map(({ name, closes }) => `${closes ? '/' : ''}${name}`)).toEqual(['a', 'br', 'script', '/script', 'p'])
    expect([...found[0]!.attributes]).toEqual([
      ['href', 'x>y'],
      ['b', 'c'],
      ['d', ''],
    ])
    expect(found.at(-1)?.attributes.get('title')).toBe("a&b'")
  })

  it('reads title, forms, refresh and generator, and counts what is shown', () => {
    const page = readPage(`<html><head><title> Router
      &amp; more</title><meta name=generator content="GoAhead 2.5.0">
      <meta http-equiv=Refresh content="0; URL='/login.asp'"></head><body><p>four</p>
      <form action=/go method=POST onsubmit="x()"><input name=u><select name=l></select><input type=password name=p>
      <button>Go</button></form><input type=text name=stray></body>`)
    expect(page).toMatchObject({
      title: 'Router & more',
      generator: 'GoAhead 2.5.0',
      refresh: '/login.asp',
      scripts: 0,
      words: 6,
    })
    expect(page.forms).toMatchObject([{ action: '/go', method: 'post', scripted: true }])
    expect(page.forms[0]?.fields.map(({ type }) => type)).toEqual(['text', 'select', 'password', 'submit'])
  })

  it.each([
    [`<script>window.location.href = "/doc/page/login.asp?_"+(new Date()).getTime();</script>`, '/doc/page/login.asp?_'],
    [`<script>top.location='login.htm'</script>`, 'login.htm'],
    [`<script>location.replace("/web/index.html")</script>`, '/web/index.html'],
    [`<script>location.href = next</script>`, undefined],
    [`<script>location = "#top"</script>`, undefined],
    // what is shown beside it is a page
    [`<p>${'A page with something to say. '.repeat(4)}</p><script>location = "/x"</script>`, undefined],
    [`<form><input></form><script>location = "/x"</script>`, undefined],
  ])('sees where a script leads that says so: %s', (html, to) => {
    expect(readPage(html).refresh).toBe(to)
  })

  it('takes what is broken as it comes', () => {
    for (const broken of ['<', '<p', '<p a="', '<!--', '<script>', '</', '<p =x>', '<p a=', '<title>', '\0<p>'])
      expect(() => readPage(broken)).not.toThrow()
    expect(readPage('<input type=password name=p>').forms).toMatchObject([{ scripted: true }])
  })
})
