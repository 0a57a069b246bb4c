import { describe, expect, it } from 'vitest'
import { decodeMedia } from './outgoing-media.ts'

describe('decodeMedia', () => {
  it('takes the type from a data: URL', () => {
    const media = decodeMedia({ media: 'data:image/png;base64,aGk=', type: 'image' })
    expect(media).toMatchObject({ kind: 'image', mimeType: 'image/png' })
    expect(Buffer.from(media.data).toString()).toBe('hi')
  })

  it('takes bare base64 with line breaks, and the usual type of its kind', () => {
    expect(decodeMedia({ media: 'aG\nk=', type: 'voice', filename: 'a.ogg' })).toMatchObject({
      mimeType: 'audio/ogg; codecs=opus',
      filename: 'a.ogg',
    })
  })

  it('prefers the type that the caller names', () => {
    expect(decodeMedia({ media: 'data:image/png;base64,aGk=', type: 'image', mimeType: 'image/webp' }).mimeType).toBe(
      'image/webp',
    )
  })

  it.each(['https://example.org/a.png', 'not base64!', 'data:image/png;base64,'])('refuses %s', (media) => {
    expect(() => decodeMedia({ media, type: 'image' })).toThrow(/media/)
  })
})
