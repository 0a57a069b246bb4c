import { createHash } from 'node:crypto'
import { definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { startRest } from './fixtures/start-rest.ts'
import { getThing } from './fixtures/things.ts'
import { Html, html, prose } from './html.ts'

describe('GET /reference', () => {
  it('shows every command to anyone, with a worked example', async () => {
    await using it = await startRest()
    const { status, headers, text } = await it.ask('/reference', { key: null })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    for (const { id, http } of it.test.kernel.commands.list()) {
      expect(text).toContain(`id="${id}"`)
      expect(text).toContain(`/api/v2${http?.path ?? `/commands/${id}`}`)
    }
    expect(text).toContain('X-API-Key: $WAQTOR_API_KEY')
    expect(text).toContain(
      String.raw`-d &#39;{&#34;name&#34;:&#34;a &#39;\&#39;&#39;thing&#39;\&#39;&#39;&#34;,&#34;tags&#34;:[&#34;x&#34;]}&#39;`,
    )
    expect(text).toContain('curl &#39;http://127.0.0.1:8080/api/v2/things/7?deep=true&#39;')
    expect(text).toContain('thing.happened')
    expect(text).toContain('children[].name')
  })

  it('needs nothing but itself: one script and one style, allowed by their hashes', async () => {
    await using it = await startRest()
    const { headers, text } = await it.ask('/reference', { key: null })
    const policy = headers.get('content-security-policy')!
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    for (const tag of ['script', 'style']) {
      const found = [...text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
      expect(found).toHaveLength(1)
      const hash = createHash('sha256').update(found[0]![1]!).digest('base64')
      expect(policy).toContain(`${tag}-src 'sha256-${hash}'`)
    }
    expect(text).not.toMatch(/ (src|style|on\w+)=|<link|@import|url\(/)
    expect([...text.matchAll(/href="([^"]*)"/g)].every((match) => match[1]!.startsWith('#'))).toBe(true)
  })

  it('takes what plugins say for text', async () => {
    const hostile = definePlugin({
      name: 'hostile',
      config: z.object({}),
      setup(ctx) {
        const evil = `</script><img src=x onerror="alert('x')">&`
        const input = z.strictObject({ instance: z.string().default('default'), id: z.int().describe(evil) })
        const hints = { example: { id: evil } }
        ctx.handle(
          { ...getThing, id: 'hostile.get', summary: evil, input, hints, http: undefined as never },
          () => ({}),
        )
      },
    })
    await using it = await startRest({ more: [hostile()] })
    const { text } = await it.ask('/reference')
    expect(text).not.toContain('<img')
    expect(text.match(/<\/script>/g)).toHaveLength(1)
    expect(text).toContain('&#60;/script&#62;&#60;img src=x onerror=&#34;alert(&#39;x&#39;)&#34;&#62;&#38;')
  })

  it('is shown to holders of a key only, where that is wanted', async () => {
    await using it = await startRest({ config: { publicReference: false } })
    expect((await it.ask('/reference', { key: null })).status).toBe(401)
    expect((await it.ask('/reference')).status).toBe(200)
  })
})

describe('html', () => {
  it('escapes what is put into it, and leaves out what is not there', () => {
    const list = ['<a>', 1].map((it) => html`<li>${it}</li>`)
    expect(html`<ul title="${'"'}">${list}${undefined}${false}${new Html('<hr>')}</ul>`.text).toBe(
      '<ul title="&#34;"><li>&#60;a&#62;</li><li>1</li><hr></ul>',
    )
  })

  it('shows what authors put between backticks as code', () => {
    expect(prose('a `b<` c ` d').text).toBe('a <code>b&#60;</code> c ` d')
  })
})
