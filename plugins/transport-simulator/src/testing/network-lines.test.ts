import { expect, it } from 'vitest'
import { parseNetworkLines } from './network-lines.ts'

const line = (to: string) => JSON.stringify({ to })

it('a line that is still being written is not a line yet, wherever the reader comes', () => {
  const text = `${line('1@c.us')}\n${line('2@c.us')}\n`
  for (let end = 0; end <= text.length; end++) {
    const whole = text.slice(0, end).split('\n').length - 1
    expect(parseNetworkLines(text.slice(0, end)).map((it) => it.to)).toEqual(['1@c.us', '2@c.us'].slice(0, whole))
  }
})
