import type { CompatibleExecute, CompatibleRequest, CompatibleRoute } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import type * as messages from '@waqtor/plugin-messages/contract'
import { accountOf } from '../account.ts'
import { demandText, given } from '../fields.ts'
import { kindIn, kindOf } from '../media.ts'
import { saidIn } from '../message-text.ts'
import { readForm } from '../multipart.ts'
import type { SentAnswer, SentAnswers } from '../sent.ts'
import type { StoredFile, Uploads } from '../uploads.ts'

export interface UploadRoutesOptions {
  readonly answers: SentAnswers
  readonly uploads: Uploads
  readonly uploadBytes: number
}

type FormFields = Readonly<Record<string, string>>

const storing = ['files.create', 'files.append', 'files.finish'] as const

/** `/messages/upload`, which keeps a file and sends it where a recipient is named, and `/messages/send-file`. */
export function uploadRoutes({ answers, uploads, uploadBytes }: UploadRoutesOptions): readonly CompatibleRoute[] {
  const receive = async ({ http }: CompatibleRequest, execute: CompatibleExecute) => {
    const { fields, file } = await readForm(http, uploadBytes, (it) => uploads.store(it, execute))
    if (file) return { fields, file }
    throw invalidInput('file', "the form has no file: send it as 'file'")
  }

  const send = async (
    fields: FormFields,
    file: StoredFile,
    { http }: CompatibleRequest,
    execute: CompatibleExecute,
  ): Promise<SentAnswer> => {
    const instance = accountOf(new URLSearchParams(http.search), fields)
    const chatId = demandText(fields, 'phone', 'chatId')
    const sent = await execute<typeof messages.sendMedia>('messages.sendMedia', {
      instance,
      chatId,
      fileId: file.fileId,
      type: kindIn(fields) ?? kindOf(file.contentType, file.filename),
      caption: fields.caption ?? saidIn(fields, chatId),
      filename: fields.filename,
    })
    return answers.answer(instance, sent, chatId)
  }

  return [
    {
      method: 'POST',
      path: '/messages/upload',
      commands: storing,
      status: 201,
      body: 'streamed',
      async answer(request, execute) {
        const { fields, file } = await receive(request, execute)
        if (!given(fields, 'phone', 'chatId')) return { fileId: file.fileId, data: shown(file) }
        try {
          const { data, ...sent } = await send(fields, file, request, execute)
          return { fileId: file.fileId, ...sent, data: { ...shown(file), message: data } }
        } catch (error) {
          await uploads.discard(file.fileId)
          throw error
        }
      },
    },
    {
      method: 'POST',
      path: '/messages/send-file',
      commands: ['messages.sendMedia', ...storing],
      body: 'streamed',
      async answer(request, execute) {
        const { fields, file } = await receive(request, execute)
        try {
          return await send(fields, file, request, execute)
        } finally {
          // What is sent is kept by who sends it.
          await uploads.discard(file.fileId)
        }
      },
    },
  ]
}

function shown({ fileId, filename, contentType, bytes, expiresAt }: StoredFile): object {
  return { id: fileId, filename, mimetype: contentType, size: bytes, expiresAt }
}
