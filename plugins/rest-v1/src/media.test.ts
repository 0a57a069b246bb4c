import { describe, expect, it } from 'vitest'
import { kindOf, mediaOf } from './media.ts'

describe('the file in a request', () => {
  it.each([
    [{ media: 'https://example.com/a/photo.JPG?x=1' }, { media: 'https://example.com/a/photo.JPG?x=1', type: 'image' }],
    [{ mediaUrl: 'http://example.com/clip.mp4' }, { media: 'http://example.com/clip.mp4', type: 'video' }],
    [{ mediaUrl: 'http://example.com/x' }, { media: 'http://example.com/x' }],
    [
      { media: 'data:audio/ogg;base64,AAAA' },
      { media: 'data:audio/ogg;base64,AAAA', type: 'audio', mimeType: 'audio/ogg' },
    ],
    [{ media: 'AAAA' }, { media: 'AAAA' }],
    [
      { media: 'AAAA', filename: 'a.pdf' },
      { media: 'AAAA', filename: 'a.pdf' },
    ],
    [
      { media: 'AAAA', type: 'PTT' },
      { media: 'AAAA', type: 'voice' },
    ],
    [
      { media: 'AAAA', mimetype: 'application/pdf' },
      { media: 'AAAA', type: 'document', mimeType: 'application/pdf' },
    ],
    [{ media: 'file_1' }, { fileId: 'file_1' }],
    [
      { fileId: 'abc', type: 'image' },
      { fileId: 'abc', type: 'image' },
    ],
    [
      { media: { data: 'AAAA', mimetype: 'image/webp', filename: 's.webp' }, type: 'sticker' },
      { media: 'AAAA', type: 'sticker', mimeType: 'image/webp', filename: 's.webp' },
    ],
    [{ media: { url: 'https://e.com/a.mp3' } }, { media: 'https://e.com/a.mp3', type: 'audio' }],
  ])('is read from %j', (body, media) => {
    expect(mediaOf(body)).toEqual(media)
  })

  it.each([
    {},
    { media: '' },
    { media: null },
    { media: {} },
    { media: ['AAAA'] },
    { media: 'AAAA', type: 'constructor' },
  ])('is refused where it is none: %j', (body) => {
    expect(() => mediaOf(body)).toThrow(expect.objectContaining({ code: 'WAQ_INPUT_INVALID', status: 400 }))
  })
})

describe('the kind of a file', () => {
  it('is told by its type, else by its name', () => {
    expect(kindOf('image/png', 'a.mp4')).toBe('image')
    expect(kindOf('application/octet-stream', 'a.mp4')).toBe('video')
    expect(kindOf('text/csv', 'a.mp4')).toBe('document')
    expect(kindOf(undefined, 'a.constructor')).toBeUndefined()
    expect(kindOf(undefined, undefined)).toBeUndefined()
  })
})
