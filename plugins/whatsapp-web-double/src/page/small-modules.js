import { define } from './registry.js'

/** What the library asks for in passing. */
function findLinks(text) {
  return [...(text ?? '').matchAll(/https?:\/\/\S+/g)].map(([href]) => ({ href, suspiciousCharacters: new Set() }))
}

define('WALinkify', { findLinks, findLink: (text) => findLinks(text)[0] })
define('WAWebLinkPreviewChatAction', {
  getLinkPreview: async ({ href }) => ({ data: { title: 'A page', description: href, matchedText: href } }),
})
define('WAWebOfflineHandler', { OfflineMessageHandler: { getOfflineDeliveryProgress: () => 100 } })
define('WAWebSyncGatingUtils', { isPlaceholderMessageResendEnabled: () => false })
define('WAWebNonMessageDataRequestPlaceholderMessageResendUtils', { handlePlaceholderMsgsSeen() {} })
