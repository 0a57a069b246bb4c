export { type CountryCode, requireChatId, toChatId, whyNoChatId } from './chat-id.ts'
export { zonesOf } from './zones.ts'
