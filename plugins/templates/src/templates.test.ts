import { Database, fail, Instances, type Messaging, Templates } from '@waqtor/contracts'
import type { Principal, z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, type TestKernel, testKernel } from '@waqtor/kernel/testing'
import memory from '@waqtor/plugin-storage-memory'
import { describe, expect, it } from 'vitest'
import * as contract from './contract.ts'
import { FakeFiles, startTemplates } from './fixtures/start-templates.ts'
import templates from './index.ts'

const hello = {
  name: 'Welcome',
  language: 'en',
  text: 'Hello {{name|friend}}, your order {{order}} is on its way.',
  variants: { ar: { text: 'أهلا {{name|صديقنا}}، طلبك {{order}} في الطريق.' } },
}
const add = (test: TestKernel, more: Partial<z.input<typeof contract.createTemplate.input>> = {}) =>
  test.run(contract.createTemplate, { ...hello, ...more })

describe('a stored template', () => {
  it('is answered with its variables, and is the same wherever it is asked for', async () => {
    await using test = await startTemplates()
    const made = await add(test)
    expect(made).toMatchObject({
      ...hello,
      templateId: expect.stringMatching(/^tpl_/),
      media: null,
      variables: ['name', 'order'],
      required: ['order'],
      warnings: [],
    })
    const { templateId } = made
    expect(await test.run(contract.getTemplate, { templateId })).toEqual(made)
    expect((await test.run(contract.listTemplates, {})).items).toEqual([
      expect.objectContaining({ templateId, name: 'Welcome', languages: ['ar'] }),
    ])
    expect(await test.service(Templates).get('default', templateId)).toMatchObject({
      ...hello,
      templateId,
      media: null,
    })
  })

  it('belongs to one account', async () => {
    await using test = await startTemplates()
    const { templateId } = await add(test)
    await expect(test.run(contract.getTemplate, { instance: 'shop', templateId })).rejects.toMatchObject({
      status: 404,
    })
    await add(test, { instance: 'shop' })
    await expect(test.service(Templates).get('shop', templateId)).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it('cannot be stored for an account that does not exist, and makes no database for it', async () => {
    await using test = await startTemplates()
    await expect(add(test, { instance: 'nobody' })).rejects.toMatchObject({ code: 'WAQ_INSTANCE_UNKNOWN', status: 404 })
    expect(
      test
        .service(Database)
        .states()
        .map((it) => it.name),
    ).not.toContain('nobody')
  })

  it.each(['Welcome', 'WELCOME', '  welcome ', 'Ｗelcome'])('keeps its name to itself, %j too', async (name) => {
    await using test = await startTemplates()
    const { templateId } = await add(test)
    const taken = { status: 409, message: expect.stringContaining(`a template 'Welcome' already (${templateId})`) }
    await expect(add(test, { name })).rejects.toMatchObject(taken)
    const other = await add(test, { name: 'Other' })
    const rename = { templateId: other.templateId, name }
    await expect(test.run(contract.updateTemplate, rename)).rejects.toMatchObject(taken)
    expect((await test.run(contract.listTemplates, { name })).items).toMatchObject([{ templateId }])
  })

  it.each(['', ' ', 'a\nb', 'a\u001b[2J', 'x'.repeat(101)])('is not named %j', async (name) => {
    await using test = await startTemplates()
    await expect(add(test, { name })).rejects.toMatchObject({ status: 400 })
  })

  it('is made once when many ask at the same time', async () => {
    await using test = await startTemplates()
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => add(test)))
    const refused = answers.filter((it) => it.status === 'rejected').map((it) => it.reason.code)
    expect(refused).toEqual(Array.from({ length: 9 }, () => 'WAQ_CONFLICT'))
    expect((await test.run(contract.listTemplates, {})).items).toHaveLength(1)
  })

  it('changes where it is told to, and nowhere else', async () => {
    await using test = await startTemplates()
    const before = await add(test)
    const { templateId } = before
    const after = await test.run(contract.updateTemplate, { templateId, name: 'WELCOME', text: 'Hi {{order}}' })
    const changed = {
      name: 'WELCOME',
      text: 'Hi {{order}}',
      updatedAt: expect.any(Number),
      warnings: [expect.anything()],
    }
    expect(after).toEqual({ ...before, ...changed, variables: ['order', 'name'] })
    const last = await test.run(contract.updateTemplate, { templateId, language: null, variants: {} })
    expect(last).toMatchObject({ name: 'WELCOME', language: null, variants: {}, warnings: [] })
    expect(await test.run(contract.getTemplate, { templateId })).toEqual(last)
    await expect(test.run(contract.updateTemplate, { templateId: 'tpl_x', name: 'x' })).rejects.toMatchObject({
      status: 404,
    })
  })

  it('is gone when it is deleted, and its name is free', async () => {
    await using test = await startTemplates()
    const { templateId } = await add(test)
    expect(await test.run(contract.deleteTemplate, { templateId })).toEqual({})
    await expect(test.run(contract.deleteTemplate, { templateId })).rejects.toMatchObject({ status: 404 })
    await expect(test.service(Templates).get('default', templateId)).rejects.toMatchObject({ status: 404 })
    await add(test)
  })

  it('is listed newest first, page by page', async () => {
    await using test = await startTemplates()
    for (let i = 1; i <= 5; i++) await add(test, { name: `t${i}` })
    const names: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await test.run(contract.listTemplates, { limit: 2, ...(cursor && { cursor }) })
      names.push(...page.items.map((it) => it.name))
      cursor = page.nextCursor
    }
    expect(names).toEqual(['t5', 't4', 't3', 't2', 't1'])
    expect(await test.run(contract.listTemplates, { name: 't9' })).toEqual({ items: [], nextCursor: null })
  })

  it('has a text, or media', async () => {
    await using test = await startTemplates()
    await expect(add(test, { text: ' ' })).rejects.toMatchObject({ status: 400 })
    const { templateId } = await add(test)
    await expect(test.run(contract.updateTemplate, { templateId, text: '' })).rejects.toMatchObject({
      details: { errors: [{ path: 'text', message: 'a template needs a text, or media' }] },
    })
  })

  it('asks for its own permissions', async () => {
    await using test = await startTemplates()
    const reader: Principal = {
      id: 'r',
      role: 'scoped',
      permissions: new Set(['templates:read']),
      instances: new Set(['default']),
    }
    const as = { principal: reader }
    await expect(test.run(contract.createTemplate, hello, as)).rejects.toMatchObject({ status: 403 })
    await expect(test.run(contract.listTemplates, { instance: 'shop' }, as)).rejects.toMatchObject({ status: 403 })
    expect(await test.run(contract.listTemplates, {}, as)).toEqual({ items: [], nextCursor: null })
  })
})

describe('the languages of a template', () => {
  it('are written in the usual way, whatever the caller wrote', async () => {
    await using test = await startTemplates()
    expect(await add(test, { language: 'EN-gb', variants: { 'AR-eg': { text: 'أهلا' } } })).toMatchObject({
      language: 'en-GB',
      variants: { 'ar-EG': { text: 'أهلا' } },
    })
  })

  it.each([
    [{ language: 'en', variants: { EN: { text: 'x' } } }, "'en' is the language of the main text"],
    [{ variants: { ar: { text: 'x' }, AR: { text: 'y' } } }, "a variant in 'ar' already"],
    [{ language: 'ar-x' }, "'ar-x' is no language tag"],
    [{ language: 'arabic' }, 'must be a language tag'],
    [{ variants: { arabic: { text: 'x' } } }, 'variants'],
    [
      { variants: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`en-${100 + i}`, { text: 'x' }])) },
      'at most 50',
    ],
  ])('are refused when they are %j', async (more, message) => {
    await using test = await startTemplates()
    await expect(add(test, more)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
  })

  it('are warned about when one uses a variable that the main text has not', async () => {
    await using test = await startTemplates()
    const { warnings } = await add(test, { variants: { ar: { text: 'أهلا {{nam}} {{city}}' } } })
    expect(warnings).toMatchObject([
      { language: 'ar', code: 'misspelt', fix: "Did you mean '{{name}}'?", index: 5, length: 7 },
      { language: 'ar', code: 'unknown', fix: "Use one of: 'name', 'order'." },
    ])
  })

  it('are warned about when something stays text, in each of them', async () => {
    await using test = await startTemplates()
    const { warnings } = await add(test, { text: 'Hi {{#if a}}', variants: { ar: { text: 'أهلا {{' } } })
    expect(warnings.map(({ language, code, column }) => [language, code, column])).toEqual([
      ['en', 'unsupported', 4],
      ['ar', 'unclosed', 6],
    ])
  })
})

describe('a preview', () => {
  it.each([
    ['ar-EG', 'ar', 'أهلا منى، طلبك 7 في الطريق.'],
    ['fr', 'en', 'Hello منى, your order 7 is on its way.'],
    [undefined, 'en', 'Hello منى, your order 7 is on its way.'],
  ])('shows people of %s the text in %s', async (language, chosen, text) => {
    await using test = await startTemplates()
    const { templateId } = await add(test)
    const variables = { name: 'منى', order: 7 }
    expect(await test.run(contract.previewTemplate, { templateId, language, variables })).toEqual({
      text,
      language: chosen,
      characters: text.length,
      missing: [],
      warnings: [],
    })
  })

  it('tells what has no value, and what is probably misspelt', async () => {
    await using test = await startTemplates()
    const input = { text: 'Hi {{name|you}}, {{ordr}} {{city}}', variables: { order: '7', city: '' } }
    expect(await test.run(contract.previewText, input)).toMatchObject({
      text: 'Hi you,  ',
      language: null,
      missing: ['ordr', 'city'],
      warnings: [{ code: 'misspelt', fix: "Did you mean '{{order}}'?" }],
    })
  })

  it('chooses among the texts that are not stored yet', async () => {
    await using test = await startTemplates()
    const { text, variants, language: textLanguage } = hello
    const shown = await test.run(contract.previewText, { text, textLanguage, variants, language: 'AR' })
    expect(shown).toMatchObject({ language: 'ar', missing: ['order'] })
  })

  it('never looks into a value, nor beyond what it was given', async () => {
    await using test = await startTemplates()
    const text = '{{a}}{{constructor}}{{__proto__}}{{toString}}'
    expect(await test.run(contract.previewText, { text, variables: { a: '{{b}}', b: 'no' } })).toMatchObject({
      text: '{{b}}',
      missing: ['constructor', '__proto__', 'toString'],
    })
  })

  it('says so when the text becomes too long', async () => {
    await using test = await startTemplates()
    const input = { text: '{{a}}'.repeat(100), variables: { a: 'x'.repeat(4_000) } }
    await expect(test.run(contract.previewText, input)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('more than 65,536 characters'),
    })
    await expect(test.run(contract.previewText, { text: 'x'.repeat(65_537) })).rejects.toMatchObject({ status: 400 })
  })
})

describe('the file of a template', () => {
  const withFile = async () => {
    const files = new FakeFiles()
    files.upload('fil_1', 'offer.jpg', 'image/jpeg')
    files.upload('fil_2', 'offer.pdf', 'application/pdf')
    return { files, test: await startTemplates(files) }
  }

  it('is kept while a template refers to it, and removed with it', async () => {
    const { files, test } = await withFile()
    await using _ = test
    const { media, templateId } = await add(test, { text: '', media: { fileId: 'fil_1' } })
    expect(media).toEqual({ kind: 'image', fileId: 'fil_1', filename: 'offer.jpg' })
    expect(await test.service(Templates).get('default', templateId)).toMatchObject({ media })
    expect([...files.kept]).toEqual(['fil_1'])
    await test.run(contract.deleteTemplate, { templateId })
    expect(files.removed).toEqual(['fil_1'])
  })

  it('is removed when another takes its place, or none', async () => {
    const { files, test } = await withFile()
    await using _ = test
    const { templateId } = await add(test, { media: { fileId: 'fil_1' } })
    const change = (media: z.input<typeof contract.updateTemplate.input>['media']) =>
      test.run(contract.updateTemplate, { templateId, media })
    expect(await change({ fileId: 'fil_1', filename: 'renamed.jpg' })).toMatchObject({
      media: { filename: 'renamed.jpg' },
    })
    expect(files.removed).toEqual([])
    expect(await change({ fileId: 'fil_2' })).toMatchObject({ media: { kind: 'document' } })
    expect(files.removed).toEqual(['fil_1'])
    expect(await change(null)).toMatchObject({ media: null })
    expect(files.removed).toEqual(['fil_1', 'fil_2'])
  })

  it('is fetched where a URL says which, and the caller’s own from then on', async () => {
    const files = new FakeFiles()
    const sources: unknown[] = []
    const fetchFile: Messaging['fetchFile'] = async (source, owner) => {
      sources.push([source, owner?.id])
      if (source.url.endsWith('/none')) throw fail('WAQ_MEDIA_INVALID', 'the URL answers 404 in place of a file')
      files.upload(`fil_${sources.length}`, 'spring.png', 'image/png', owner?.id)
      const kind = source.kind ?? 'image'
      return { fileId: `fil_${sources.length}`, kind, filename: source.filename ?? 'spring.png', mimeType: 'image/png' }
    }
    await using test = await startTemplates(files, { fetchFile })
    const url = 'https://example.com/spring.png'
    const { media, templateId } = await add(test, { text: '', media: { url } })
    expect(media).toEqual({ kind: 'image', fileId: 'fil_1', filename: 'spring.png' })
    expect(sources).toEqual([[{ url }, 'system']])
    expect([...files.kept]).toEqual(['fil_1'])

    const change = (media: z.input<typeof contract.updateTemplate.input>['media']) =>
      test.run(contract.updateTemplate, { templateId, media })
    await expect(change({ url: 'https://example.com/none' })).rejects.toMatchObject({ code: 'WAQ_MEDIA_INVALID' })
    // A picture that is no WebP is no sticker: what was fetched goes again.
    await expect(change({ url, kind: 'sticker' })).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(files.removed).toEqual(['fil_3'])
    expect(await change({ url, filename: 'autumn.png' })).toMatchObject({
      media: { fileId: 'fil_4', filename: 'autumn.png' },
    })
    expect(files.removed).toEqual(['fil_3', 'fil_1'])
    for (const media of [{}, { url, fileId: 'fil_4' }, { url: 'ftp://example.com/a' }])
      await expect(change(media)).rejects.toMatchObject({ code: 'WAQ_INPUT_INVALID' })
    expect(sources).toHaveLength(4)
  })

  it('by its URL needs whoever fetches it', async () => {
    await using test = await startTemplates(new FakeFiles())
    await expect(add(test, { media: { url: 'https://example.com/a.png' } })).rejects.toThrow('`messaging`')
  })

  it('stays while a template of any account refers to it', async () => {
    const { files, test } = await withFile()
    await using _ = test
    const first = await add(test, { media: { fileId: 'fil_1' } })
    const second = await add(test, { instance: 'shop', media: { fileId: 'fil_1', kind: 'document' } })
    await test.run(contract.deleteTemplate, { templateId: first.templateId })
    expect(files.removed).toEqual([])
    await test.run(contract.deleteTemplate, { instance: 'shop', templateId: second.templateId })
    expect(files.removed).toEqual(['fil_1'])
  })

  it('is not kept for a change that is refused', async () => {
    const { files, test } = await withFile()
    await using _ = test
    const { templateId } = await add(test)
    await add(test, { name: 'Other' })
    const media = { fileId: 'fil_1' }
    await expect(add(test, { media })).rejects.toMatchObject({ status: 409 })
    await expect(test.run(contract.updateTemplate, { templateId, name: 'other', media })).rejects.toMatchObject({
      status: 409,
    })
    expect([...files.kept]).toEqual([])
  })

  it('is kept before a template refers to it', async () => {
    const { files, test } = await withFile()
    await using _ = test
    files.keep = async () => {
      expect((await test.run(contract.listTemplates, {})).items).toEqual([])
      throw new Error('the disk is full')
    }
    await expect(add(test, { media: { fileId: 'fil_1' } })).rejects.toThrow('the disk is full')
    expect((await test.run(contract.listTemplates, {})).items).toEqual([])
  })

  it('must be there for the caller', async () => {
    const { files, test } = await withFile()
    await using _ = test
    files.upload('fil_3', 'secret.pdf', 'application/pdf', 'somebody else')
    for (const fileId of ['fil_3', 'fil_9'])
      await expect(add(test, { media: { fileId } })).rejects.toMatchObject({ code: 'WAQ_NOT_FOUND' })
  })

  it.each([
    ['image/png', 'image'],
    ['video/mp4', 'video'],
    ['Audio/OGG; codecs=opus', 'audio'],
    ['application/octet-stream', 'document'],
    ['imagery/png', 'document'],
  ])('is sent, as %s, as %s by itself', async (contentType, kind) => {
    const { files, test } = await withFile()
    await using _ = test
    files.upload('fil_3', 'file', contentType)
    expect(await add(test, { media: { fileId: 'fil_3' } })).toMatchObject({ media: { kind } })
  })

  it.each([
    ['image/png', 'document', true],
    ['image/webp', 'sticker', true],
    ['image/png', 'sticker', false],
    ['audio/ogg', 'voice', true],
    ['video/mp4', 'image', false],
    ['application/pdf', 'video', false],
  ] as const)('that is %s can be sent as %s: %s', async (contentType, kind, fits) => {
    const { files, test } = await withFile()
    await using _ = test
    files.upload('fil_3', 'file', contentType)
    const adding = add(test, { media: { fileId: 'fil_3', kind } })
    if (fits) await expect(adding).resolves.toMatchObject({ media: { kind } })
    else
      await expect(adding).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining(`which cannot be sent as '${kind}'`),
      })
  })

  it('has no path in its name', async () => {
    const { test } = await withFile()
    await using _ = test
    for (const filename of ['../x.jpg', 'a\\b', 'a\u0000b'])
      await expect(add(test, { media: { fileId: 'fil_1', filename } })).rejects.toMatchObject({ status: 400 })
  })

  it('cannot be there without a plugin for files, and the answer says so', async () => {
    await using test = await startTemplates()
    await expect(add(test, { media: { fileId: 'fil_1' } })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('add a plugin that provides the service `files`'),
    })
  })

  it('that cannot be removed is noted in the log; the template is gone all the same', async () => {
    const { files, test } = await withFile()
    await using _ = test
    const { templateId } = await add(test, { media: { fileId: 'fil_1' } })
    await files.remove('fil_1')
    await test.run(contract.deleteTemplate, { templateId })
    await expect(test.run(contract.getTemplate, { templateId })).rejects.toMatchObject({ status: 404 })
    expect(test.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the file of a template could not be removed' }),
    )
  })
})

describe('the plugin', () => {
  it('leaves nothing behind', async () => {
    const run = async () => {
      const test = await testKernel({
        plugins: [memory(), templates()],
        fakes: [fake(Instances, { ids: () => ['default'], has: () => true })],
      })
      await add(test)
      await test[Symbol.asyncDispose]()
      return () => snapshot(test.kernel)
    }
    const before = (await run())()
    expect(await leftBehind(before, await run())).toEqual([])
  })
})
