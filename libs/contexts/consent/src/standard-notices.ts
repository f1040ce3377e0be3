import type { PublishNotice } from './notice.decider.js'

type Wording = Omit<PublishNotice, 'sha256'>

const noticeId = '2026-1'

/** What a hub has to ask with from its first day; an authority publishes its own beside it. Data, not code: one entry for each language and form. */
export const standardNotices: readonly Wording[] = [
  {
    noticeId,
    language: 'en',
    easyRead: false,
    title: 'May we share this about you?',
    paragraphs: [
      'An agency that works with you asks whether another one may see some of what is recorded about you. The request names who would see it, for what purpose, which kinds of data, and until when.',
      'You answer for each kind of data by itself. You may say yes to some, to all, or to none. Saying no changes nothing about the services you are entitled to.',
      'A yes ends by itself on the day that the request names, after twelve months at the latest. You can take it back at any time, in whole or in part, in one step and without giving a reason. From then on nobody sees the data on the ground of your yes, and the recipient is asked to delete what it holds.',
      'Some sharing rests on a law and not on your consent. It is not part of this request. Your access log shows who looked at your record, when and why.',
      'You may see, correct, restrict and take away your data, object, and complain to the data protection authority (GDPR 13, 15 to 21, 77).',
    ],
  },
  {
    noticeId,
    language: 'en',
    easyRead: true,
    title: 'Can we share your information?',
    paragraphs: [
      'We want to share some information about you. We tell you who will see it and why.',
      'You choose. You can say yes to some things and no to others.',
      'If you say no, you still get all the help you have a right to.',
      'You can change your mind at any time. You do not have to say why. Then they can not see it any more, and we ask them to delete it.',
      'Your yes ends after one year or earlier. You can always see who looked at your information.',
    ],
  },
  {
    noticeId,
    language: 'fr',
    easyRead: false,
    title: 'Pouvons-nous partager ces données à votre sujet ?',
    paragraphs: [
      'Un organisme qui vous accompagne demande si un autre peut voir une partie de ce qui est enregistré à votre sujet. La demande indique qui verrait ces données, pour quelle finalité, de quelles catégories il s’agit et jusqu’à quand.',
      'Vous répondez pour chaque catégorie séparément : oui à certaines, à toutes ou à aucune. Un refus ne change rien aux services auxquels vous avez droit.',
      'Un oui prend fin de lui-même le jour indiqué, au plus tard après douze mois. Vous pouvez le retirer à tout moment, en tout ou en partie, en une seule étape et sans donner de raison. Dès lors, plus personne ne voit ces données sur la base de votre oui, et le destinataire est prié de supprimer ce qu’il détient.',
      'Certains partages reposent sur une loi et non sur votre consentement ; ils ne font pas partie de cette demande. Votre journal d’accès montre qui a consulté votre dossier, quand et pourquoi.',
      'Vous pouvez consulter, rectifier, limiter et récupérer vos données, vous opposer, et saisir l’autorité de protection des données (RGPD 13, 15 à 21, 77).',
    ],
  },
  {
    noticeId,
    language: 'fr',
    easyRead: true,
    title: 'Pouvons-nous partager vos informations ?',
    paragraphs: [
      'Nous voulons partager des informations sur vous. Nous vous disons qui va les voir et pourquoi.',
      'C’est vous qui choisissez. Vous pouvez dire oui à certaines choses et non à d’autres.',
      'Si vous dites non, vous gardez toute l’aide à laquelle vous avez droit.',
      'Vous pouvez changer d’avis à tout moment. Vous n’avez pas à dire pourquoi. Alors ils ne les voient plus, et nous leur demandons de les effacer.',
      'Votre oui s’arrête au bout d’un an ou avant. Vous pouvez toujours voir qui a regardé vos informations.',
    ],
  },
  {
    noticeId,
    language: 'de',
    easyRead: false,
    title: 'Dürfen wir dies über Sie weitergeben?',
    paragraphs: [
      'Eine Stelle, die mit Ihnen arbeitet, fragt, ob eine andere einen Teil dessen sehen darf, was über Sie gespeichert ist. Die Anfrage nennt, wer es sehen würde, zu welchem Zweck, welche Arten von Daten und bis wann.',
      'Sie antworten für jede Art von Daten einzeln: ja zu einigen, zu allen oder zu keiner. Ein Nein ändert nichts an den Leistungen, die Ihnen zustehen.',
      'Ein Ja endet von selbst an dem genannten Tag, spätestens nach zwölf Monaten. Sie können es jederzeit ganz oder teilweise zurücknehmen, in einem Schritt und ohne Grund. Von da an sieht niemand die Daten aufgrund Ihres Ja, und der Empfänger wird gebeten zu löschen, was er hat.',
      'Manche Weitergabe beruht auf einem Gesetz und nicht auf Ihrer Einwilligung; sie gehört nicht zu dieser Anfrage. Ihr Zugriffsprotokoll zeigt, wer Ihre Akte wann und warum angesehen hat.',
      'Sie können Ihre Daten einsehen, berichtigen, einschränken und mitnehmen, widersprechen und sich bei der Datenschutzaufsicht beschweren (DSGVO 13, 15 bis 21, 77).',
    ],
  },
  {
    noticeId,
    language: 'de',
    easyRead: true,
    title: 'Dürfen wir Ihre Informationen teilen?',
    paragraphs: [
      'Wir möchten Informationen über Sie teilen. Wir sagen Ihnen, wer sie sieht und warum.',
      'Sie entscheiden. Sie können zu manchem Ja sagen und zu anderem Nein.',
      'Wenn Sie Nein sagen, bekommen Sie trotzdem alle Hilfe, auf die Sie ein Recht haben.',
      'Sie können Ihre Meinung immer ändern. Sie müssen nicht sagen, warum. Dann sehen die anderen es nicht mehr. Wir bitten sie, es zu löschen.',
      'Ihr Ja endet nach einem Jahr oder früher. Sie können immer sehen, wer Ihre Informationen angesehen hat.',
    ],
  },
  {
    noticeId,
    language: 'es',
    easyRead: false,
    title: '¿Podemos compartir estos datos sobre usted?',
    paragraphs: [
      'Un organismo que trabaja con usted pregunta si otro puede ver parte de lo que está registrado sobre usted. La solicitud dice quién lo vería, con qué finalidad, qué tipos de datos y hasta cuándo.',
      'Usted responde por cada tipo de dato por separado: sí a algunos, a todos o a ninguno. Decir que no no cambia nada en los servicios a los que tiene derecho.',
      'Un sí termina por sí solo el día indicado, como máximo a los doce meses. Puede retirarlo en cualquier momento, en todo o en parte, en un solo paso y sin dar razones. Desde entonces nadie ve los datos por su sí, y se pide al destinatario que borre lo que tenga.',
      'A veces se comparte por ley y no por su consentimiento; eso no forma parte de esta solicitud. Su registro de accesos muestra quién miró su expediente, cuándo y por qué.',
      'Puede ver, corregir, limitar y llevarse sus datos, oponerse y reclamar ante la autoridad de protección de datos (RGPD 13, 15 a 21 y 77).',
    ],
  },
  {
    noticeId,
    language: 'es',
    easyRead: true,
    title: '¿Podemos compartir su información?',
    paragraphs: [
      'Queremos compartir información sobre usted. Le decimos quién la verá y por qué.',
      'Usted elige. Puede decir sí a unas cosas y no a otras.',
      'Si dice que no, sigue teniendo toda la ayuda a la que tiene derecho.',
      'Puede cambiar de idea en cualquier momento. No tiene que decir por qué. Entonces ya no la ven, y les pedimos que la borren.',
      'Su sí termina en un año o antes. Siempre puede ver quién miró su información.',
    ],
  },
]
