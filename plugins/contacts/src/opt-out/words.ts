/** What people write to hear no more (`out`) and to hear again (`in`). */
export interface ChoiceWords {
  readonly out: readonly string[]
  readonly in: readonly string[]
}

/**
 * By language. A word counts only when it is the whole message, so words of daily use are no danger in a sentence; they
 * are left out all the same where they are a likely answer to a question ("no", "yes").
 * Case, accents, Arabic letter forms, punctuation and emoji make no difference: see `foldWord`.
 */
export const choiceWords = {
  af: { out: ['stop', 'teken uit', 'kanselleer'], in: ['begin', 'teken in'] },
  ar: {
    out: [
      'الغاء',
      'إلغاء',
      'الغ',
      'الغاء الاشتراك',
      'إلغاء الاشتراك',
      'الغي الاشتراك',
      'الغوا الاشتراك',
      'توقف',
      'توقفوا',
      'ايقاف',
      'إيقاف',
      'ايقاف الرسائل',
      'اوقف',
      'أوقف الرسائل',
      'اوقفوا الرسائل',
      'قف',
      'ستوب',
      'لا ترسل',
      'لا ترسلوا',
      'حذف رقمي',
      'احذفوا رقمي',
    ],
    in: ['اشتراك', 'اشترك', 'إعادة الاشتراك', 'تفعيل', 'تفعيل الاشتراك', 'ابدأ'],
  },
  bn: { out: ['বন্ধ', 'বন্ধ করুন', 'থামুন', 'বাতিল'], in: ['শুরু', 'শুরু করুন', 'চালু'] },
  cs: { out: ['stop', 'zrušit', 'odhlásit', 'odhlásit se', 'konec'], in: ['začít', 'přihlásit'] },
  da: { out: ['stop', 'afmeld', 'frameld', 'afmelding'], in: ['start', 'tilmeld'] },
  de: {
    out: ['stop', 'stopp', 'abmelden', 'abmeldung', 'abbestellen', 'austragen', 'keine nachrichten mehr'],
    in: ['start', 'anmelden', 'wieder anmelden'],
  },
  el: { out: ['διακοπή', 'σταμάτα', 'σταματήστε', 'διαγραφή', 'τέλος', 'stop'], in: ['έναρξη', 'εγγραφή'] },
  en: {
    out: [
      'stop',
      'stop all',
      'stopall',
      'stop messages',
      'stop messaging me',
      'please stop',
      'stop please',
      'unsubscribe',
      'unsubscribe me',
      'unsub',
      'opt out',
      'optout',
      'remove me',
      'cancel',
      'quit',
      'end',
      'revoke',
    ],
    in: ['start', 'unstop', 'subscribe', 'resubscribe', 'opt in', 'optin'],
  },
  es: {
    out: [
      'baja',
      'dar de baja',
      'darme de baja',
      'alto',
      'parar',
      'pare',
      'detener',
      'cancelar',
      'no más mensajes',
      'stop',
    ],
    in: ['alta', 'suscribir', 'suscribirme', 'iniciar', 'comenzar'],
  },
  fa: {
    out: ['لغو', 'لغو عضویت', 'لغو اشتراک', 'توقف', 'حذف', 'انصراف', 'ارسال نکنید'],
    in: ['عضویت', 'شروع', 'اشتراک'],
  },
  fi: { out: ['stop', 'lopeta', 'peru', 'peruuta', 'poista'], in: ['aloita', 'liity', 'tilaa'] },
  fr: {
    out: [
      'arrêt',
      'arrêter',
      'arrêtez',
      'désabonner',
      'me désabonner',
      'désinscription',
      'désinscrire',
      'résilier',
      'stop',
    ],
    in: ['abonner', 'inscription', 'reprendre'],
  },
  he: { out: ['הסר', 'הסרה', 'הסירו אותי', 'עצור', 'ביטול', 'בטל'], in: ['הצטרפות', 'התחל', 'הרשמה'] },
  hi: { out: ['बंद', 'बंद करो', 'बंद करें', 'रोकें', 'रोको', 'रद्द करें', 'स्टॉप'], in: ['शुरू', 'शुरू करें', 'चालू करें'] },
  hu: { out: ['stop', 'leiratkozás', 'leiratkozom', 'állj', 'mégsem'], in: ['feliratkozás', 'feliratkozom'] },
  id: {
    out: ['berhenti', 'berhenti langganan', 'stop', 'batal', 'batalkan'],
    in: ['mulai', 'langganan', 'berlangganan'],
  },
  it: {
    out: ['stop', 'ferma', 'basta', 'annulla', 'cancellami', 'disiscrivimi', 'annulla iscrizione', 'disdici'],
    in: ['iscrivimi', 'iscrizione', 'inizia', 'riprendi'],
  },
  ja: { out: ['停止', '配信停止', '退会', '解除', '登録解除', 'ストップ', 'やめる'], in: ['再開', '登録', '配信再開'] },
  ko: {
    out: ['중지', '수신거부', '수신 거부', '거부', '그만', '구독취소', '구독 취소'],
    in: ['시작', '수신동의', '구독'],
  },
  ms: { out: ['berhenti', 'henti', 'batal', 'stop'], in: ['mula', 'langgan'] },
  nl: { out: ['stop', 'stoppen', 'afmelden', 'uitschrijven', 'opzeggen'], in: ['start', 'aanmelden', 'inschrijven'] },
  no: { out: ['stopp', 'avmeld', 'meld av', 'avslutt'], in: ['start', 'påmeld', 'meld på'] },
  pl: {
    out: ['stop', 'rezygnuję', 'rezygnacja', 'wypisz', 'wypisz mnie', 'anuluj', 'zatrzymaj', 'koniec'],
    in: ['start', 'zapisz', 'zapisz mnie', 'wznów'],
  },
  pt: {
    out: [
      'parar',
      'pare',
      'sair',
      'cancelar',
      'cancelar inscrição',
      'remover',
      'descadastrar',
      'não quero mais',
      'stop',
    ],
    in: ['voltar', 'assinar', 'começar', 'inscrever'],
  },
  ro: {
    out: ['stop', 'oprește', 'opriți', 'dezabonare', 'dezabonează', 'anulare', 'renunț'],
    in: ['abonare', 'pornește'],
  },
  ru: {
    out: ['стоп', 'отписаться', 'отписка', 'отпишите меня', 'отмена', 'прекратить', 'хватит', 'не писать'],
    in: ['старт', 'подписаться', 'подписка', 'начать', 'возобновить'],
  },
  sv: {
    out: ['stopp', 'stoppa', 'avsluta', 'avregistrera', 'avprenumerera', 'avanmäl'],
    in: ['start', 'prenumerera', 'anmäl'],
  },
  sw: { out: ['acha', 'simama', 'sitisha', 'ondoa', 'jiondoe'], in: ['anza', 'jiunge'] },
  th: { out: ['หยุด', 'ยกเลิก', 'เลิกรับ', 'ไม่รับข้อความ'], in: ['เริ่ม', 'สมัคร', 'รับข้อความ'] },
  tr: {
    out: ['dur', 'durdur', 'iptal', 'ret', 'çık', 'abonelikten çık', 'istemiyorum'],
    in: ['başla', 'başlat', 'abone ol', 'onay'],
  },
  uk: {
    out: ['стоп', 'відписатися', 'відписка', 'скасувати', 'припинити', 'зупинити'],
    in: ['старт', 'підписатися', 'почати'],
  },
  ur: { out: ['بند', 'بند کریں', 'بند کرو', 'روکیں', 'منسوخ', 'منسوخ کریں'], in: ['شروع', 'شروع کریں', 'چالو کریں'] },
  vi: { out: ['dừng', 'dừng lại', 'ngừng', 'hủy', 'huỷ', 'hủy đăng ký', 'từ chối'], in: ['bắt đầu', 'đăng ký'] },
  zh: {
    out: ['停止', '退订', '退訂', '取消', '取消订阅', '取消訂閱', '拒收', '不要再发', '不要再發'],
    in: ['开始', '開始', '订阅', '訂閱', '恢复', '恢復'],
  },
} as const satisfies Readonly<Record<string, ChoiceWords>>

export type ChoiceLanguage = keyof typeof choiceWords
