import { describe, expect, it } from 'vitest'
import { eachElement } from './xml.ts'

function elements(text: string): string[] {
  const body = Uint8Array.from(text, (c) => c.charCodeAt(0))
  const found: string[] = []
  eachElement(body, 0, body.length, (name, value) => {
    found.push(`${name}=${value}`)
    return true
  })
  return found
}

describe('XML', () => {
  it('has no elements in its comments', () => {
    expect(elements('<a>1</a><!-- <b>2</b> - -- > --><c>3</c>')).toEqual(['a=1', 'c=3'])
    expect(elements('<a>1</a><!---->x<!--->--><c>3</c><!-- <d>4</d>')).toEqual(['a=1', 'c=3'])
    expect(elements('<a>1</a><!DOCTYPE d><c>3</c>')).toEqual(['a=1', 'c=3'])
  })
})
