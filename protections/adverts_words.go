package protections

// What belongs to an advertisement, by what it does in one, in the languages in which most
// of them are written. None of it says anything alone. A star is where a word may go on.
const (
	advertsEarn = `
earn, earning*, earned, income, passive income, extra income, profit*, payout*, paid out, withdraw*, cash out, cashout, make money, making money, made money, money online, get paid, salary, salaries, financial freedom, side hustle, return on investment, roi, turned my, get rich, wages, extra cash, weekly pay, daily pay, double your, triple your,
заработ*, зараб*, доход*, прибыл*, выплат*, вывод средств, зарплат*, з/п, зп, выигрыш*, выигра*, пассивн*, рентабельн*, профит, оплата, оплачив*, ставка, финансов*, поднимать, подзаработ*, подработ*, деньги, денег, бабки, монетизац*, вознагражден*,
заробіт*, заробл*, дохід, доходу, прибут*, виплат*, зарплатн*,
verdien*, einkommen, gewinn*, auszahlung*, rendite, geld verdienen, nebenverdienst, nebenjob, euro am tag, passives einkommen,
gana, ganar, ganancia*, ganando, ingresos, dinero extra, retiro*, rentabilidad, gane,
gagner, gagne, gagnez, bénéfice*, revenu*, rendement, retrait*, argent facile, rémunér*,
ganhe, ganhar, ganhos, lucro*, renda, renda extra, saque*, dinheiro fácil, faturar, faturando,
guadagn*, profitt*, reddito, entrate extra, rendita, prelievo,
zarabia*, zarobk*, zarobek, dochód, dochodu, zysk*, wypłat*,
kazanç, kazan*, gelir, ek gelir, kâr, para kazan*,
kiếm tiền, thu nhập, lợi nhuận, penghasilan, cuan, untung, keuntungan, verdienen, winst, inkomen,
赚钱, 收入, 收益, 利润, 日结, 月入, 日入, 提现, 佣金, 稼げ*, 稼ぐ, 収入, 収益, 利益, 副業, 수익, 수입, 부업, 벌기,
اربح, أرباح, ربح, دخل, سود, درآمد, کسب درآمد, कमाएं, कमाए*, कमाई, मुनाफ़ा, आय`

	advertsRecruit = `
looking for people, people are needed, people needed, need people, people who want to, looking for partners, partners, looking for investors, are hiring, now hiring, we are recruiting, recruiting, join our team, job offer, online job, work from home, home based, vacancy, vacancies, wanted urgently, team members, everyone is welcome to earn, anyone interested, if you are interested, interested people, those interested, serious people, ready to start,
набира*, набор, набор людей, ищу людей, ищем людей, ищу партн*, ищем партн*, партнер*, партнёр*, партнёров, в команду, команду, нужны люди, нужен человек, нужны, нужен, нужна, требу*, сотрудник*, сотрудничеств*, вакансия, вакансии, работник*, менеджер*, курьер*, приглаша*, приглашаем, в проект, кому интересно, кого интересует, если интересно, интересно, заинтересова*, желающи*, ответственн*, открываю набор, открыт набор, идет набор, идёт набор, ищем сотрудник*, ищу сотрудник*, ищу коллег, деятельност*, девушк*, работа, работу, работы,
шукаємо людей, шукаю людей, набір, партнер*, потрібні люди, запрошу*, співпрац*, вакансія,
suchen leute, suche leute, wir suchen, mitarbeiter gesucht, partner gesucht, heimarbeit, stellenangebot,
buscamos personas, se busca, socios, oferta de trabajo, únete al equipo, vacante*,
cherchons des personnes, recrutons, recrute, partenaires, offre d'emploi, rejoignez notre équipe,
procuro pessoas, procuramos pessoas, estamos contratando, vaga*, parceiros, contrata-se,
cerchiamo persone, cerco persone, cerchiamo collaboratori, collaborator*, offerta di lavoro,
szukam osób, szukamy osób, szukamy ludzi, rekrutacj*, współprac*, oferta pracy, praca zdalna,
ekip arkadaşı, iş ilanı, çalışma arkadaşı, eleman aran*,
诚招, 招聘, 招募, 合伙人, 兼职, 招人, 招代理, 募集, スタッフ募集, 모집, 구인, نبحث عن أشخاص, مطلوب, فرصة عمل, استخدام, بھرتی, भर्ती, नौकरी`

	advertsEase = `
no experience, no experience needed, without experience, no skills, free training, training is free, we teach, i will teach, i teach, from home, at home, from anywhere, remote, remotely, part time, part-time, flexible hours, hours a day, hours per day, hours daily, only your phone, from your phone, smartphone, just a phone, beginners welcome, beginner friendly, step by step, above 18, over 18, no investment, without investment, zero fees, easy money, business days,
без опыта, опыт не нужен, опыт не требуется, опыта не требуется, опыт и, новичк*, новички, с нуля, обуч*, бесплатное обучение, обучение бесплатно, научим, научу, обучу, бесплатн*, удаленн*, удалённ*, удалённо, удаленно, дистанцион*, онлайн, на дому, из дома, с телефона, телефон, смартфон, часа в день, часов в день, час в день, 1-2 часа, 2-3 часа, свободного времени, свободное время, гибкий график, график, без вложений, вложений, предоплат*, 18+, от 18, с 18, старше 18, 18 лет, 20 лет, легально, официально, легальн*, не наркотики, любой город, из любой точки, занятость, совмещать, совместить, инструкц*, поддержк*, сопровожден*, подойдет, подойдёт,
досвід не потрібен, без досвіду, навчання безкоштовне, навча*, віддален*, з дому, годин на день, безкоштовн*,
ohne vorkenntnisse, ohne erfahrung, keine erfahrung, von zu hause, von zuhause, stunden am tag, stunden täglich, nebenbei, ohne risiko, kostenlose schulung, bequem,
sin experiencia, desde casa, horas diarias, horas al día, capacitación gratis, formación gratuita, tiempo libre,
sans expérience, depuis chez vous, depuis chez toi, à domicile, formation gratuite, heures par jour,
sem experiência, em casa, de casa, horas por dia, treinamento gratuito, não precisa de experiência,
senza esperienza, da casa, ore al giorno, bastano, formazione gratuita,
bez doświadczenia, w domu, z domu, godzin dziennie, godziny dziennie, szkolenie gratis, darmowe szkolenie,
evden, evden çalış*, deneyim gerekmez, deneyimsiz, eğitim ücretsiz, günde 2 saat,
无需经验, 在家, 免费培训, 时间自由, 手机操作, 零基础, 未経験, 在宅, 研修は無料, 스마트폰, 재택, 초보, بدون خبرة, من المنزل, التدريب مجاني, घर बैठे, अनुभव की, ट्रेनिंग मुफ़्त`

	advertsContact = `
dm me, dm for, pm me, inbox me, message me, text me, write me, write to me, write to, contact me, contact him, contact her, contact us, contact, send me a message, send a message, reach me, reach out, reach her, reach him, ask me how, hit me up, hmu, kindly contact, in private, privately, on telegram, telegram, on whatsapp, whatsapp, whats app, via telegram, add me, talk to, send me, my bio, in my profile, profile, click here, click on, through this link, through the link, through her link, this link, link below, link in bio, below link, use the link, use this link, use my link, my link, with my link, our bot, t.me, wa.me, interested,
в лс, в личку, в личк*, в личн*, личные сообщения, личных сообщениях, лс, пиши, пишите, писать, напиши, напишите, пиши +, пишите +, ставь +, ставьте, отправьте, отправь, отпиш*, жду в, обращайтесь, обращаться, связ*, для связи, телеграм*, телеграмм*, телега, вотсап, ватсап, whatsapp, по ссылке, ссылк*, в профиле, подробност*, подробнее, подробней, детал*, админ*, админу, контакт*, за информацией, вопросы, расскажу, поиске, переходи, переходите,
пишіть, пиши в, в особисті, в приват, деталі, звертай*,
schreib mir, schreibt mir, schreiben sie, schreib mich, melde dich bei, melden sie sich, kontaktier*, privat, per pn, link unten, auf telegram,
escríbeme, escribeme, escríbanme, contacta, contácta*, contactar, por privado, al privado, por telegram, enlace, haz clic, mándame,
écrivez-moi, écris-moi, contactez, contacte-moi, contacter, en privé, en mp, cliquez, lien, sur telegram,
me chama, chame no, chama no, fale com, fale comigo, no privado, entre em contato, clique, link na bio, chamar no,
scrivimi, scrivetemi, contatta*, contattami, in privato, clicca, link in basso,
napisz, pisz do, pisz na, na priv, skontaktuj*, kliknij, odezwij,
özelden yaz*, bana ulaş*, bana yaz*, iletişim, dm, tıkla*,
联系, 加微信, 微信, 私聊, 私信, 电报, 飞机, 点击, 連絡, LINE追加, DMください, 연락, 카톡, 문의, 텔레그램,
تواصل, على الخاص, راسلني, واتساب, تلغرام, تلگرام, پیام بده*, संपर्क, मैसेज करें, व्हाट्सएप, hubungi, chat saya, liên hệ, inbox, stuur me`

	advertsMarket = `
invest, invests, invested, investing, investment*, investor*, crypto, cryptocurrenc*, bitcoin*, btc, usdt, ethereum, forex, fx, trade, trades, trading, trader*, signals, altcoin*, nft, nfts, token, tokens, airdrop*, presale, pre-sale, defi, decentralized, wallet*, bsc, binance, bybit, mining, stock, stocks, dividend*, shares, binary options, pump, 100x, 10x, portfolio, platform, company, loan*, credit score, broker, brokers, influencer*, giveaway, campaign*, rewards,
инвест*, крипт*, криптовалют*, биткоин*, биткойн*, трейд*, трейдинг, форекс, арбитраж*, p2p, п2п, обменн*, курсов, разнице курс*, разница курс*, на бирж*, бирж*, связк*, цифровых актив*, цифровые актив*, активами, активов, актив*, свап*, своп*, токен*, эйрдроп*, депозит*, торгов*, торговл*, перепродаж*, трафик*, схем*, дропшип*, товарк*, wildberries, маркетплейс*,
інвест*, криптовалют*, трейдинг, арбітраж,
investier*, kryptowährung*, krypto, bitcoin-trading, anlage, geldanlage, plattform, daytrading,
invierte, invertir, inversión, inversiones, criptomoneda*, cripto, plataforma,
investissement*, investir, investissez, cryptomonnaie*, plateforme,
investir, investimento*, invista, criptomoeda*, plataforma, apostas,
investire, investiment*, criptovalut*, piattaforma,
inwestuj*, inwestycj*, kryptowalut*, giełd*,
yatırım*, kripto*, borsa,
投资, 比特币, 虚拟币, 币圈, 跑分, usdt, 炒股, 股票, 投資, 仮想通貨, 비트코인, 투자, 코인, استثمار, استثمر, العملات الرقمية, تداول, سرمایه*, ارز دیجیتال, निवेश, क्रिप्टो, đầu tư, tiền ảo, investasi, beleggen`

	advertsBet = `
casino, casinos, online casino, slots, betting, bets, bet now, sure bet, free spins, jackpot, bookmaker*, fixed matches, poker,
казино, ставк*, ставим, ставь на, прогноз*, лайв, live, тотал, букмекер*, беттинг, железк*, проходимост*, договорн*, коэффициент*, фрибет, выигрышей, экспресс*, слоты, рулетк*, покер, матч*, футбол, чемпионат*, лига, лиги,
ставки, прогнози, казино онлайн,
sportwetten, wettipps, freispiele, spielautomaten, apuestas, casa de apuestas, paris sportifs, pronostic*, apostas esportivas, scommess*, zakłady, bahis, iddaa, şans oyun*, cá cược, nổ hũ, slot gacor, judi, 博彩, 娱乐城, 赌场, 六合彩, 百家乐, 토토, 카지노, 오카지노, オンラインカジノ, كازينو, مراهنات, कैसीनो, सट्टा`

	advertsIllicit = `
nude, nudes, naked, leaked, leaks, porn, onlyfans, sexy, hot girls, escort*, escorts, hookup, horny, private photos, private videos, sugar daddy, counterfeit*, fake money, fake notes, banknotes, cloned card*, cloned, fullz, cvv, carding, fake passport*, hacker, hackers, hire a hacker, hack any, recover your lost, recover lost, lost crypto, spy on, followers, cheap followers, likes and views, views and, boost your, smm, subscribers, weed, cocaine, mdma, xanax, viagra, pills, buy drugs, steroids,
интим*, голые, голых, обнаж*, обнажен*, обнажён*, нюд*, порно, слив*, слитые, сливаю, приватн*, эскорт*, проститут*, индивидуалк*, секс*, вебкам*, досуг, фальш*, фальшив*, поддел*, поддельн*, купюр*, без отличий, отличий, обнал*, взлом*, хакер*, пробив*, дроп*, накрут*, накрутка, подписчик*, просмотр*, раскрут*, продвижен*, флуд*, рассылк*, закладк*, наркот*, меф*, гашиш, права и документы, диплом*, нейросет*, раздева*, реклам*, рекламу,
інтим*, голі, оголен*, фальшив*, накрутк*, підписник*,
nacktbilder, nacktfotos, falschgeld, gefälscht*, führerschein kaufen, follower kaufen, desnud*, fotos íntimas, dinero falso, billetes falsos, seguidores, nudes, faux billets, faux papiers, photos intimes, abonnés, notas falsas, dinheiro falso, seguidores baratos, fotos íntimas, banconote false, foto intime, fałszyw*, nagie, sahte para, ifşa, takipçi, çıplak, 裸聊, 裸照, 约炮, 假币, 办证, 涨粉, 刷单, 成人, 偽札, 無修正, 조건만남, 위조, 야동, صور عارية, عملة مزورة, متابعين, अश्लील, नकली नोट, फ़ॉलोअर`

	advertsSell = `
discount, discounts, % off, off on, sale, special offer, exclusive offer, exclusive, special deal, best price*, cheap, cheapest, order now, order from, buy now, book now, book your, reserve your, promo, promo code, coupon*, gift card*, voucher*, free bonus, bonus, prizes, weekly prizes, win, shop now, delivery, worldwide delivery, deal, package, packages, service, services, tickets, webinar, masterclass, course, luxury, luxurious, host, hosting, we offer, we provide, introducing, launching, launch, presents, opportunity, opportunities,
скидк*, скидка, акция, распродаж*, заказать, закажи*, оформите, заказ*, купить, куплю, продаю, продаём, продаем, продам, продаж*, магазин*, цена, цены, прайс, руб, рублей, доставк*, отправка, услуг*, сервис, предлага*, предлагаем, консультац*, курс, курсы, вебинар*, марафон, мастер-класс, преподаю, провожу, клиент*, каталог*, подарок, бонус*, приз*, розыгрыш*, канал, канале, каналы, подписыва*, подпишись, портфолио, дизайн*, логотип*, отели, билеты, авиабилет*, тур, туры, возможност*, уникальн*, группа, группе,
знижк*, замовити, ціни, доставка по, послуг*,
rabatt*, angebot*, jetzt bestellen, bestellen, gutschein*, günstig, lieferung, gratis bonus, oferta*, descuento*, compra ahora, envío, promoción, promotion, réduction*, commandez, livraison, desconto*, promoção, compre, entrega, sconto, sconti, offerta, ordina, consegna, promocj*, zamów, zniżk*, dostawa, indirim*, kampanya, sipariş, ücretsiz kargo, 优惠, 折扣, 下单, 包邮, 出售, 割引, 販売, 할인, 판매, خصم, عرض خاص, للبيع, تخفیف, छूट, ऑफ़र, giảm giá, diskon, promo, korting`

	advertsAct = `
sign up, signs up, signing up, register, join, join us, join now, join group, join the group, join our, join here, join this, joining, claim, claim your, get started, start today, start now, start earning, don't miss, dont miss, do not miss, don't let, seize, grab, grab your, take advantage, secure your, check out, check it out, learn more, subscribe, visit, try it, connect your wallet, apply now, act fast, act now, get yours, be part of, let's grow, get ready, calling, recommend, recommending, thanks to, testify, testimony,
вступай*, вступить, присоедин*, регистр*, зарегистр*, подключай*, приходи, приходите, начни, начать, начните, успей*, успеть, забери, забрать, забирай, жми, кликай, смотри, хватай, попробуй*, продолж*, не упусти, не упустите, узнать, узнай, проверь, проверка, найди, найти, хотите, хочешь, готов, готовы, добро пожаловать, тогда вам, для вас, поможем, поможем вам, стабильн*, высокодоход*, взаимовыгодн*, предоставля*, развива*, развиваемся, перспективн*, достойн*,
приєдну*, реєстру*, встигни, шукаєш, хочеш,
jetzt anmelden, anmelden, registrier*, mach mit, sichere dir, sichern sie, jetzt starten, nicht verpassen, únete, regístrate, aprovecha, no te lo pierdas, empieza hoy, inscrivez-vous, inscris-toi, rejoign*, ne ratez pas, profitez, cadastre-se, inscreva-se, aproveite, comece hoje, entre no grupo, não perca, iscriviti, unisciti, approfitta, non perdere, inizia oggi, zapisz się, dołącz*, zarejestruj*, nie przegap, kayıt ol*, katıl*, kaçırma*, hemen başla*, 加入, 注册, 报名, 领取, 立即, 登録, 参加, 가입, 참여, انضم, سجل الآن, اشترك, عضو شوید, जुड़ें, रजिस्टर, tham gia, đăng ký, daftar, gabung, meld je aan`

	advertsHurry = `
limited, limited time, limited offer, today only, only today, last chance, hurry, hurry up, before midnight, before the spots, spots, spots are limited, spots left, places left, slots left, few slots, while it lasts, now or never, expires, urgent, urgently, this week only, ends soon, immediately,,
только сегодня, осталось, мест, места, свободных мест, количество ограничено, ограничен*, срочно, успейте, последний шанс, сегодня, уже сегодня, в день, в неделю, в месяц, в сутки, за неделю, за день, за сутки, каждый день, ежедневн*,
лише сьогодні, залишилось, терміново, на тиждень, на день,
nur heute, nur noch, plätze frei, begrenzt, pro tag, pro woche, am tag, sólo hoy, solo hoy, plazas limitadas, cupos, al día, por semana, por día, places limitées, seulement aujourd'hui, par jour, par semaine, vagas limitadas, só hoje, por dia, por semana, posti limitati, solo oggi, al giorno, a settimana, tylko dziś, ograniczona, dziennie, tygodniowo, miejsca ograniczone, sınırlı, sadece bugün, günde, haftada, günlük, haftalık, 名额有限, 限时, 每天, 每周, 每日, 残り, 限定, 毎日, 毎週, 마감, 매일, محدودة, اليوم فقط, في اليوم, في الأسبوع, روزانه, सीमित, रोज़, हर हफ़्ते, mỗi ngày, per hari, setiap hari, per dag`

	advertsVouch = `
guaranteed, guarantee, guarantees, 100%, legit, legitimate, genuine, trusted, trustworthy, reliable, safe and secure, secure, transparent, no risk, risk free, risk-free, without risk, it's real, is real, the real deal, real deal, proof, proven, verified, instant, instantly, paid me, i have been paid, i received, received my, i got my, god bless, thank you sir, thanks sir, thank you ma'am, sir, ma'am, mentor, expert, account manager, her guidance, his guidance, changed my life, lives, grateful, highly recommend, official, licensed, certified, successful, success,
гарант*, без риск*, честно, реально, реальн*, проверен*, надежн*, надёжн*, отзывы, легк*, без обмана, никаких, 100%, быстро, качественно, безопасн*, лучший, лучшие, топ, результат*, прозрачн*, адекватн*, лояльн*,
гарантован*, без ризик*, перевірен*, garantiert, garantie, seriös, ohne risiko, garantizad*, sin riesgo, seguro, garanti, garantie, sans risque, fiable, garantido, sem risco, confiável, garantito, senza rischi, affidabile, gwarant*, bez ryzyka, pewny, garantili, risksiz, güvenilir, 稳赚, 保证, 无风险, 靠谱, 正规, 確実, 保証, リスクなし, 보장, 안전, مضمون, بدون مخاطر, تضمینی, गारंटी, đảm bảo, uy tín, terpercaya, gegarandeerd`

	advertsCrowd = `
hello everyone, hello all, hi everyone, hi all, hey everyone, good day everyone, good day friends, dear friends, dear user, dear users, dear members, attention, calling all, for everybody, for everyone, everyone here, in this group, in the group, group members, members of this group, guys, friends, exciting update, exciting news, surprise, share your, recommendations,
всем привет, привет всем, приветствую, здравствуйте, добрый день, доброго времени, добрый вечер, доброе утро, дня доброго, уважаемые, друзья, дорогие, внимание, ребята, девочки, девушки, мужчины, всем желающим,
вітаю всіх, увага, всім привіт, hallo zusammen, achtung, hola a todos, atención, bonjour à tous, attention, olá pessoal, atenção, ciao a tutti, attenzione, witam wszystkich, uwaga, herkese, arkadaşlar, dikkat, 大家好, 皆さん, 여러분, السلام عليكم, انتباه, दोस्तों`

	advertsWallet = `
recovery phrase, seed phrase, secret phrase, private key, private keys, 12 words, validate your, verify your wallet, verify your account, validate your wallet, wallet connect, walletconnect, synchronise your, synchronize your, sync your wallet, restore your wallet, will be suspended, will be deleted, will be deactivated, will be disabled, support team, live agent, live support, customer support, claim your refund, keep access,
сид фраз*, сид-фраз*, фраза восстановления, аккаунт будет, кошелек будет, служба поддержки, подтвердите аккаунт, подтвердите кошел*,
konto wird gesperrt, konto verifizieren, verifizieren sie, su cuenta será, verifique su cuenta, votre compte sera, vérifiez votre compte, sua conta será, verifique sua conta, verifica il tuo account, konto zostanie, zweryfikuj konto, hesabınız`

	// advertsDoubt is what people say of advertisements, and who advertises does not.
	advertsDoubt = `
scam, scams, scammer*, spam, spammer*, fraud, phishing, fake?, is this real, is that real, is it real, is this legit, warning, beware, careful, do not click, don't click, do not write, do not answer, did not answer, block, blocked, report, reported, banned, lost,
развод*, мошен*, обман, скам, спам, спамер*, осторожно, не ведитесь, кидалов*, лохотрон, потерял*, забан*, бот,
шахра*, обережно, розвод, betrug, betrüger, vorsicht, abzocke, spam, estafa*, cuidado, timo, arnaque*, escroc*, méfi*, golpe, golpista, truff*, attenti, oszust*, uwaga na, dolandır*, dikkat edin, 骗子, 诈骗, 小心, 詐欺, 気をつけ*, 사기, احتيال, نصاب, کلاهبردار*, धोखा, lừa đảo, penipu*, oplichting`
)
