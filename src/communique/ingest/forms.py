"""The forms of lines: what a photo credit, caption, byline, date line, agency slug or a site's own line looks like.

Patterns and words alone, in one place; which line is what, `article` decides with them. The words beside a pattern
(`*_WORDS`, `PHOTO_*`) are such that it can't match a line without one of them, so that the dear pattern is tried on few
lines (`tests/ingest/test_line_words.py` holds them to that). Forms only: never a particular site or report.
"""

from __future__ import annotations

import re

PHOTO = re.compile(
    r"(?:\b(?:image|photo|photograph|picture|pic|foto|bild|credit|video|illustration|graphic|file photo|handout)(?: credits?| courtesy| by| from)?\s*[:/©]\s*\S"
    r"|\((?:[^()]{0,60})(?:photo|image|handout|/|getty|reuters file|file pic)[^()]{0,60}\)\s*$"
    r"|\b(?:getty images|ap photo|afp photo|epa-efe|epa/|shutterstock|alamy|istock|wikimedia commons|anadolu via getty|reuters/[A-Z]|xinhua/[A-Z]|via getty|via reuters|via ap)\b"
    r"|[\[(](?:file )?(?:photo|image|picture)s?\b[^\])]{0,80}[\])]\s*$"
    r"|\b(?:courtesy of|screengrab|screenshot)\b.{0,60}$"
    r"|^\[(?:photo|image|picture|pictured)\]|[.!?”\"]\s[^.!?]{0,40}\b(?:handout|file photo)\s*$"
    r"|^(?:(?:photo|image|illustration|picture)s? (?:by|courtesy|via|from)\b|courtesy (?!of\b|call|visit)[A-ZÀ-Þ]|foto (?:di|de|von)\b))",
    re.IGNORECASE,
)
# The credit at the end of a caption, as papers set it: "PHOTO | FILE", "Picture – NAME", "File photo", "Photo by NAME", "Post pic by NAME", "| Courtesy", "— AFP/File", "[NAME Agency]".
PHOTO_END = re.compile(
    r"(?:\b(?:(?:file|stock|library|archive|handout|post|staff) ?)?(?:photos?|photographs?|pictures?|pics?|images?)|\w{3,}(?:photo|pic))\s*(?:(?<=(?-i:PHOTO|IMAGE) )\|\s*|(?<=(?-i:PICTURE) )\|\s*|(?<=(?-i:PIC) )\|\s*|(?<=[.!?”\")\]] (?:Photo|Image) )\|\s*|(?<=[.!?”\")\]] Picture )\|\s*|(?<=[.!?”\")\]] Pic )\|\s*|(?<=[.!?”\")\]] Photo)\s[–—-]\s*|(?<=[.!?”\")\]] Picture)\s[–—-]\s*)\w[^.!?]{0,60}$"
    r"|(?:^|[.!?”\")\]|–—-]\s*)(?:[\w-]+ ){0,3}(?:photos?|photographs?|pictures?|\w*pics?|\w*photo|images?)\s(?:by|courtesy|via|from|credit)\b[^.!?]{2,60}$"
    r"|[.!?”\")\]|–—-]\s*(?:file|library|archive|stock|handout|representati(?:ve|onal)|illustrative|courtesy|supplied|contributed) ?(?:photos?|photographs?|pictures?|pics?|images?)?\s*\)?$"
    r"|\s[—–|-]{1,2}\s*[A-Z][\w.&-]{1,20}(?: [A-Z][\w.&-]*){0,3}\s*[/|]\s*(?:file|photo|handout|archive|library|courtesy)\b[^.!?]{0,20}$"
    r"|\[(?!(?:video|opinion|update[ds]?|exclusive|pdf|watch|listen|live|analysis)\])[A-Z][^\[\]]{2,50}(?:agency|news|media|press|ministry|army|navy|police|service|archive|tv|handout|file)\]$"
    r"|^\W*(?:representati(?:ve|onal)|illustrative|stock|archive|library|file) (?:photo|picture|pic|image)s?\b[^.!?]{0,60}$",
    re.IGNORECASE,
)
PHOTOS_TELL = re.compile(r"^(?:photos|images|pictures|photographs|illustrations?) (?:by|via|from)\b.*\b(?:shows?|showed|shown|reveal(?:s|ed)?|suggest(?:s|ed)?|appear(?:s|ed)?|indicate[sd]?|were|was|is|are|ha[ds]|have|prove[sd]?|confirm(?:s|ed)?)\b.*[.”\"]$", re.IGNORECASE)  # a sentence about pictures, no credit
PICTURE_OWNER = re.compile(r"\b(?:media|photo|handout|file|press|agency|news|navy|army|police|ministry|office|military|presidency|courtesy|supplied|TV|AFP|AP|EPA)\b", re.IGNORECASE)
SOURCE_END = re.compile(r"\s(?:(?<=[.!?]\s)(?P<name>[A-Z][A-Z’'-]+(?: [A-Z][A-Z.’'-]+){1,3})|\|\s*(?P<bar>[A-Z][\w.&’'/-]*(?: (?:of|and|the|[A-Z][\w.&’'/-]*)){0,4})|\((?P<bracket>[A-Z][\w.&’'/-]*(?: (?:of|and|the|media|photo|handout|[A-Z][\w.&’'/-]*)){0,4})\))$")
RELEASED = re.compile(r"^[A-Z][\w.&’'-]*(?: [\w.&’'-]+){0,4}\s*[/|]\s*[A-Z][\w.&’'-]*(?: [\w.&’'-]+){0,3}$")  # "Coast Guard / Handout" under a caption
PERSON_PICTURED = re.compile(r"^(?:Mrs?|Ms|Miss|Dr|Prof|Cde|Rev|Hon|Gen|Col|Lt|Maj|Capt|Sir|Chief|Sheikh)\.? [A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+){0,3}$")  # the name under a portrait
ADDRESS = re.compile(r"^\W*(?:(?:e-?mail|contact|twitter|x)\W+)?(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|@\w{2,30})\W*$", re.IGNORECASE)
CAPTION = re.compile(r"^(?:a (?:general |file |aerial |combination )?(?:view|photo|picture|image|combination)|(?:this|a) (?:undated )?(?:handout|file|combination|satellite)? ?(?:photo|picture|image)\b|file photo|pictured?\b|fotograf)", re.IGNORECASE)
PICTURED = re.compile(r"^(?:an artist[’']s (?:concept|impression|drawing|rendering|illustration)|(?:a|this) (?:stock|satellite|file|undated|combination) (?:image|photo|photograph|picture)|(?:this|the) (?:satellite|aerial) (?:image|photo)|image caption|in this (?:(?:undated|file|handout|satellite|aerial|combination) |[\w.]+ \d{1,2},? (?:\d{4},? )?|\d{4} |undated ){1,2}(?:file |handout )?(?:photo|photograph|image|picture))\b", re.IGNORECASE)
CAPTION_NEXT = re.compile(r"^(?:image )?caption\W*$", re.IGNORECASE)
COUNTED = re.compile(r"^(?:image |photo )?\d+ ?(?:of|/) ?\d+$", re.IGNORECASE)
CREDITED = re.compile(r"^\W*(?:image|photo|photograph|picture|illustration)s?(?: credits?| by| courtesy| source)?\s*[:,/©]|^[(\[](?:image|photo|picture)[^()\[\]]*[)\]]$|^(?:photo|image|illustration)s? by\b|^\((?:epa|getty|getty images|reuters|ap|afp|pa|pa wire|alamy|shutterstock|[\w ]{2,20} via ap)\)$", re.IGNORECASE)
COPYRIGHT = re.compile(r"(?:©|\(c\)|\bcopyright\b|&copy;|all rights reserved)", re.IGNORECASE)
OWNS = re.compile(r"©\s*(?:\d|[A-ZÀ-Þ])|(?:\([Cc]\)|\b(?:[Cc]opyright|COPYRIGHT))\W*(?:(?:19|20)\d\d|[A-ZÀ-Þ©(])|\b(?i:all rights reserved)\b|\b[Pp]ermission\b|^\W*\([Cc]\)")
FURNITURE = re.compile(
    r"\b(?:newsletters?|sign ?up|sign in|log ?in|log ?out|register|subscribe[rds]?|subscription|cookies?|privacy policy|terms of (?:use|service)"
    r"|advertis(?:e|ement|ing)|follow us|share (?:this|on)|whatsapp|facebook|instagram|linkedin|pinterest|comments?|read more|learn more|see also|related (?:articles?|stories|topics)"
    r"|most (?:read|popular|viewed)|trending|recommended|click here|skip to|javascript|browser|password|account|menu|download (?:the|our) app|breaking news alerts?|back to top|donate|promo code|use code)\b",
    re.IGNORECASE,
)
BYLINE = re.compile(r"^(?:(?:story|reporting|written|words|text|analysis|report) )?by:?\s+(?=\S)(?!the (?:end|time|way)\b).{2,90}$", re.IGNORECASE)
# What opens a sentence and no byline: "By Tuesday", "By noon", "By contrast". And the small words that stand in bylines and signatures; others are a sentence's.
BY_TIME = re.compile(r"^by:?\s+(?:(?:last|next|late|early|mid-?|the)\W?)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|noon|midnight|midday|dawn|dusk|nightfall|night|day|morning|afternoon|evening|then|now|late|early|contrast|comparison|law|\d)\b", re.IGNORECASE)
BY_SMALL = frozenset(
    ["and", "in", "at", "for", "with", "of", "from", "by", "on", "the", "a", "an", "our", "to", "de", "da", "do", "dos", "del", "della", "di", "la", "le", "van", "von", "der", "den", "ter", "bin", "bint", "ibn", "al", "el", "ul", "y", "e", "as", "told", "via", "or", "its",
     "reporter", "reporters", "reporting", "correspondent", "correspondents", "staff", "writer", "writers", "editor", "editors", "editing", "edited", "writing", "written", "additional", "further", "compiled", "translated", "photos", "photography", "pictures", "news", "desk", "bureau",
     "chief", "special", "own", "senior", "agency", "agencies", "inputs", "input", "files", "web", "newsroom", "team", "contributor", "contributors", "contributed", "columnist", "analyst", "producer", "published", "updated", "posted", "ago", "min", "read", "am", "pm", "a.m", "p.m", "gmt"]
)  # fmt: skip
NAMED_BY = re.compile(r"^(?:[A-Za-z]+ )?[Bb][Yy]:?\s+[A-ZÀ-Þ][\w.'’-]+(?: (?:de|van|von|al|el|bin|[A-ZÀ-Þ][\w.'’-]*)){1,3}\s*[,|(–—]")
BY_ALONE = re.compile(r"^(?:by|author|authors|written by|reporting by|story by)\s*:?$", re.IGNORECASE)
AUTHOR = re.compile(r"^(?:author|written by|words by|reporting by)\s*:?\s+[A-ZÀ-Þ]|^[—–-]\s?(?:words|reporting|story) by [A-ZÀ-Þ]", re.IGNORECASE)
DATED_BY = re.compile(r"^[\W\d]*by [A-ZÀ-Þ]", re.IGNORECASE)
CONTRIBUTED = re.compile(r"\bcontributed to this (?:report|story|article)\b", re.IGNORECASE)
DATE_WORDS = re.compile(
    r"\b(?:first|last|published|updated|update|posted|modified|created|date|issued|pub\w*(?: (?:le|el|il|em|am|op))?|at|on|the|of|am|pm|a\.m|p\.m|noon|and|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|gmt|bst|cet|cest|utc|ist|[ecmp][sd]?t|[ha]st|amt|aedt|aest|today|yesterday|\d+ (?:minutes?|hours?|days?|weeks?|months?|years?) ago"
    r"|(?:mis à jour|modifié|actualizado|aggiornato|veröffentlicht|aktualisiert|erstellt|stand|gepubliceerd|bijgewerkt)(?: (?:le|el|il|em|am|op))?"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lunes|martes|miércoles|jueves|viernes|sábado|domingo|uhr)\b|\d+(?:[:.h]\d+)*(?:[ap]m)?",
    re.IGNORECASE,
)
AGO = re.compile(r"^(?:(?:published|posted|updated)\W*)?(?:\d+|an?) (?:min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?) ago$|^(?:date (?:published|posted|updated)|date|published|last updated|updated|publish date|posted)\s*:?$", re.IGNORECASE)
READING_TIME = re.compile(r"^\W*\d+\W*(?:min(?:ute)?s?)\b.{0,12}$", re.IGNORECASE)
ACTION = re.compile(r"^(?:share|email(?: me)?|print|tweet|save|listen|text|comments?|pin|post|more|watch|video|follow|copy|link|close|search|home)(?: this)?$", re.IGNORECASE)
STAFF_LINE = re.compile(r"^(?:By )?[A-Z][\w.&'’]*(?: [\w.&'’]+){0,3} (?:[Ss]taff|STAFF|[Nn]ewsroom|NEWSROOM|[Nn]ews [Dd]esk|[Ww]eb [Dd]esk)\W*$")
DESK_LINE = re.compile(
    r"^\W*(?:by |from )?(?:(?:our|a|an|the|own|[A-Z][\w’'-]+) )?(?:(?:staff|special|senior|foreign|diplomatic|political|court|city|web|news|monitoring|bureau|own|sports?|business) ){0,2}(?:reporters?|correspondents?|staff|staff writers?|bureau|bureau reports?|desk|newsroom|agencies)"
    r"(?:\s*(?:,|and|with|&|/|\|)\s*(?:the )?(?P<agency>agencies|[A-Z][\w.&’'-]*(?: [A-Z][\w.&’'-]*){0,4}))?\W*$",
    re.IGNORECASE,
)  # nobody in particular, with or without an agency: "Bureau Report", "City reporter and NAME News Agency"
AGENCY_LIKE = re.compile(r"\b(?:[A-Z][\w’'-]*\s){1,4}(?:(?:News|Press)\s)?(?:Agency|Newswire|Wire|News\sService|Press\sService)\b(?!\s[A-Z])")
SOURCED = re.compile(r"^(?i:sources?|agency|agencies)\s*[:|]\s*(?P<name>[A-Z][\w.&’'-]*(?: (?:of|and|agencies|[A-Z][\w.&’'-]*)){0,4})\W*$")
GLUED_BY = re.compile(r"^By(?=[A-ZÀ-Þ][\w.'’-]* [A-ZÀ-Þ]).{4,90}$")  # "ByAna Example": what is left of two elements
SIGNED = re.compile(
    r"^(?:(?P<before>[^/|]{4,30}?)\s*[/|]\s*)?(?P<name>[A-ZÀ-Þ][\w.'’-]+(?: (?:de|van|von|al|el|bin|[A-ZÀ-Þ][\w.'’-]*)){1,3}?)"
    r"(?:[\s,|/•·–—-]*(?P<role>(?:[A-Z][\w&]+ ){0,3}(?:[Rr]eporter|[Ee]ditor|[Ww]riter|[Cc]orrespondent|[Cc]olumnist|[Cc]ontributor|[Cc]ritic|[Ss]taff|[Bb]ureau [Cc]hief|[Aa]nchor|[Pp]roducer)\b.{0,40})|(?P<after>[\s,|/•·–—-]*\S.{3,40}))?$"
)
ROLE = re.compile(r"\b(?:[Rr]eporter|[Ee]ditor|[Ww]riter|[Cc]orrespondent|[Cc]olumnist|[Cc]ontribut\w+|[Cc]ritic|[Ss]taff|[Nn]ews)\b")
BYLINE_END = re.compile(r"^(?:\(?(?:additional |further )?(?:reporting|writing|editing|compiled|translated|edited|written)(?: and \w+)* by\b|\(?with (?:inputs?|reporting|files|agency inputs?) (?:from|by)\b|with agenc(?:y|ies)\b)", re.IGNORECASE)
DATE_LINE = re.compile(r"^\W*(?:(?:published|updated|posted|last (?:updated|modified)|modified|created|date|first published|issued|on|pub\w*)\b[\s:|,-]*)*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[\s,.]*)?\S.{0,60}$", re.IGNORECASE)
ABOUT = re.compile(
    r"^(?:the )?\w[\w’'&.\- ]{0,60}? (?:is|was) (?:an?|the)\b[^.]{0,80}?\b(?:magazine|newspaper|news (?:site|website|agency|outlet|service|organi[sz]ation)|journal|publication|website|newsletter|periodical|broadcaster|digital platform|daily|weekly)\b"
    r"[^.]{0,60}?\b(?:published|produced|issued|run|owned|operated|funded|sponsored|based|covering|that covers|dedicated|founded|providing|appears?|appearing|comes out)\b"
    r"|^(?:the )?(?-i:[A-Z][\w’'&.\-]*(?: (?:of|and|the|&|[A-Z][\w’'&.\-]*)){1,5}) (?:is|was) published (?:in|by|from|every|weekly|monthly|quarterly|daily|twice|four times)\b[^.]{0,80}?\b(?:readers?|subscri\w+|support\w*|donations?|copies|issues?|numbers|year|month|week)\b",
    re.IGNORECASE,
)
NOTE = re.compile(r"^\W*(?:this (?:article|story|post|piece|report(?! (?:was|is|has been) (?!(?:\w+ly )?(?:first|published|produced|updated|amended|corrected|edited|written|translated|supported|funded|sponsored|part|based|an?|adapted|re\w+|syndicated|taken|made|generated|prepared|compiled|provided|distributed|from|by|for)\b))) (?:was|is|has been|first|originally|appeared)\b|editor[’']?s?[’']? note\b|note to (?:readers|editors)\b|correction\b\s*:|the views expressed\b|(?:the )?opinions expressed\b|about the author\b|for more information\b|our standards:)", re.IGNORECASE)
KEYED = re.compile(r"^\s*(?P<key>date|published|publication date|pub_?date|publisher|source|outlet|url|link|title|headline|author|byline|language|crawled|crawl date|fetched|retrieved|accessed|downloaded|scraped)\s*(?:[:=\t]|(?=\s+(?:19|20)\d\d-\d\d))\s*(?P<value>\S.*)$", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
WORD_OR_END = re.compile(WORD.pattern + r"|\n")
LETTERS = re.compile(r"[^\W_]+")
DIGIT = re.compile(r"\d")
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
NAME = re.compile(r"^(?:[Bb]y:?\s+)?[A-ZÀ-Þ][\w.'’-]+(?: (?:de|van|von|al|el|bin|[A-ZÀ-Þ][\w.'’-]*)){1,3}$")
STAFF = re.compile(r"[|/–—-]|\bStaff\b|\bwriter\b")
STOP = frozenset(["the", "a", "an", "of", "to", "in", "on", "at", "by", "for", "and", "or", "with", "from", "as", "is", "are", "was", "were", "be", "been", "it", "its", "this", "that", "after", "over", "into", "amid", "says", "say", "said", "will", "would", "not", "has", "have", "had"])
SECTION = frozenset(["news", "national", "world", "local", "politics", "business", "sport", "sports", "opinion", "international", "africa", "asia", "pacific", "region", "regional", "economy", "security", "society", "premium", "exclusive", "headlines", "latest", "africa news", "world news", "local news", "top stories", "top story"])
CITY = re.compile(r"^[A-ZÀ-Þ][\w.'’-]*(?:[ /][A-ZÀ-Þ][\w.'’-]*){0,3}(?:, [A-Z][\w.'’ -]{1,25})?$")

PHOTO_WORDS = (
    "photo", "image", "pic", "credit", "getty", "reuters", "via ap", "afp", "epa", "shutterstock", "alamy", "istock", "wikimedia", "anadolu",
    "xinhua", "courtesy", "screen", "foto", "bild", "video", "illustr", "graphic", "handout", "file", "/",
)  # fmt: skip
PHOTO_END_WORDS = ("photo", "pic", "image", "file", "library", "archive", "stock", "handout", "represent", "illustrative", "courtesy", "supplied", "contributed", "]")  # `PHOTO_END`
# The same for all lines at once, with fewer lines to try: these words alone call for the pattern, those only with a mark that its
# alternative needs (a colon, slash or © behind the word, a bracket at the end of the line), the last at the start of the line.
PHOTO_CERTAIN = (
    "getty images", "ap photo", "afp photo", "epa-efe", "epa/", "shutterstock", "alamy", "istock", "wikimedia commons", "reuters/", "xinhua/", "via getty",
    "via reuters", "via ap", "courtesy of", "screengrab", "screenshot",
)  # fmt: skip
PHOTO_MARKED = ("photo", "image", "pic", "foto", "bild", "credit", "video", "illustration", "graphic", "handout", "/", "getty", "reuters file")
PHOTO_START = ("photo", "image", "illustration", "picture", "courtesy", "foto", "[photo", "[image", "[picture")

# A word of each that a pattern of lines can't match without, see `article._Labeller.__init__`.
BY_WORDS = ("by", "author")  # `BYLINE`, `GLUED_BY`, `AUTHOR`, `BY_ALONE`, `DATED_BY`
DATE_LINE_WORDS = ("ago", "date", "publish", "posted")  # `AGO`
CREDIT_WORDS = ("image", "photo", "pictur", "illustr", "view", "combination", "fotograf", "artist", "caption")  # `CREDITED` (or "("), `PICTURED`, `CAPTION`, `CAPTION_NEXT`
SIGNATURE_WORDS = ("by", "with ", "contributed to this")  # `BYLINE_END`, `CONTRIBUTED`
OWNED_WORDS = ("©", "(c)", "copyright", "&copy;", "all rights reserved")

MASTHEAD_END = re.compile(r"\s{2,}|\t|\s[|·•–—-]\s")  # behind a paper's name
CRUMBS = re.compile(r"^\W*(?:you are here|home)\s*(?:[>»›→/|]|:\s)", re.IGNORECASE)
HOOK = re.compile(
    r"^\W*(?:how (?:does|did) this (?:story|article|report) make you feel|what do you think\b.{0,30}\?$|have your say|was this (?:story|article|report) (?:useful|helpful)|did you (?:like|enjoy) this|enjoyed this (?:story|article)|(?:got|have) a (?:story|tip|news tip)\b|(?:visited|viewed|read) [\d,.]+ times|post views\b|(?:up )?\d+ users? ha(?:ve|s) voted)",
    re.IGNORECASE,
)  # below a text: what is asked of its readers, how many they were
BARRED = re.compile(r"\s[|·•›»/→]\s")  # between the items of a menu
GAP = re.compile(r"\S(?:\s{2,}|\t)(?=\S)")  # a row of a menu, not a headline
CLOCK = re.compile(r"^\W*\d{1,2}[:.]\d{2}\s?(?:[ap]\.?m\.?)?\b", re.IGNORECASE)
NO_PERSON = re.compile(r"\b(?:Press|Briefing|Department|Ministry|Statement|Report|Release|Bulletin|Conference|Remarks|Readout|Update|News|Council|Office|Daily|Brief|Digest|Newsletter|Weekly|Live|Communiqu[eé]|Paper|E-?Paper|Edition|Menu|Today|Published|Updated|Posted)\b", re.IGNORECASE)
ELSEWHERE = re.compile(r"^\W*(?:(?:read (?:also|more|next|this)|also read|see also|watch(?: also)?|more on this|you may also like|don[’']t miss|related(?: (?:stories|story|news))?)\s*[:|]|(?:read|previous|next|in other news)\s*:|(?:read also|also read)\s*[–—-])\s*\S", re.IGNORECASE)
PUT_OUT = re.compile(r"^\W*(?:first )?published(?: in (?P<paper>(?:The )?[A-Z][\w.&'’-]*(?: [A-Z][\w.&'’-]*){0,4}))?\s*(?:[:,|–—-]|on\b|online\b|\s(?=\d))", re.IGNORECASE)
PAPER = re.compile(
    r"^\W*(?:[Tt]he )?(?:[A-Z][\w.'’-]+ ){0,4}(?:Herald|Times|Post|News|Gazette|Tribune|Sentinel|Observer|Journal|Chronicle|Telegraph|Guardian|Standard|Mail|Star|Examiner|Courier|Dispatch|Monitor"
    r"|Bulletin|Press|Independent|Mirror|Express|Today|Daily|Weekly|Review|Register|Record|Globe|Advertiser|Echo|Ledger|Inquirer|Vanguard|Argus|Mercury|Messenger|Agency|Radio|TV|Broadcasting|Network)$"
)  # "The Coastal Herald", as it stands behind a writer's name
SLUG = re.compile(
    r"^\W*(?:for immediate release|(?:press|news|media) (?:release|statement|communiqu[eé])|communiqu[eé] de presse|pressemitteilung|comunicado de prensa|embargoed?\b.{0,60}|breaking(?: news)?|exclusive|unclassified)\W*$", re.IGNORECASE
)  # what stands over a release or a report and is neither its title nor its text
MAIL = re.compile(r"^>*\s*(?P<key>from|to|cc|bcc|date|sent|subject|reply-to|von|an|gesendet|betreff|de|à|objet|envoyé|para|asunto|enviado)\s*:\s*(?P<value>\S.*)$", re.IGNORECASE)
MAIL_SUBJECT = re.compile(r"^>*\s*(?:subject|betreff|objet|asunto)\s*:\s*(?:(?:re|fwd?|aw|wg|tr|rv)\s*:\s*)*", re.IGNORECASE)
FORWARDED = re.compile(r"^[\W_]*(?:forwarded message|original message|begin forwarded message|weitergeleitete nachricht|ursprüngliche nachricht|message transféré|mensaje reenviado)\W*$", re.IGNORECASE)
# What no sentence of a report says, but the lines below it do ("comment" alone and "account" stand in reports).
ASKS = re.compile(
    r"^\W*(?:sign up|subscribe|follow|share|click|read|download|donate|register|log ?in|sign in|watch|listen|join|get|see|tap|support|contact|tags?|topics?|filed under|more (?:on|from)|related)\b"
    r"|\b(?:newsletters?|cookies?|privacy policy|terms of (?:use|service)|your (?:browser|account|inbox|e-?mail)|our (?:app|website|readers)|advertis(?:e|ement|ing)|all rights reserved|javascript|whatsapp|telegram channel)\b"
    r"|[@|©]|://|\bwww\.",
    re.IGNORECASE,
)
ENDED = re.compile(r"[.!?][\"”’'»)]*$|[.!?。][\"”’'»)]* ?»$")
ITEM = re.compile(r"^[•●▪◦‣*–—-]\s+\S")
DATED_ITEM = re.compile(r"^\W+(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?(?: \d{1,2})?,?(?: (?:19|20)\d\d)?\s*[:–—-] ")
POINTS = re.compile(r"[^.!?]\s\(\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\)$")  # "Parliament meets again (03.12.2025)": a headline that points to another report


def has_photo_credit(text: str) -> bool:
    """Whether a photo credit stands in the text; the pattern is tried only where one of its words does."""
    low = text.lower()
    if any(word in low for word in PHOTO_WORDS) and PHOTO.search(text) is not None:
        return True
    return any(word in low for word in PHOTO_END_WORDS) and ends_in_credit(text)


def ends_in_credit(text: str) -> bool:
    """Whether a line without a full stop ends in a photo credit as papers set it."""
    return text.rstrip()[-1:] not in ".!?" and PHOTO_END.search(text) is not None


def is_sentence(text: str, undated: str | None = None) -> bool:
    """Whether a line that begins like a byline or a signature ("By Tuesday the rebels had …") is a sentence: it opens with a time, or
    has small words that stand in no byline: one in a line that ends in a full stop, three in any; behind a name and a comma
    ("By NAME, a lawyer and former minister") three and a full stop. `undated` is the line without its dates."""
    if BY_TIME.match(text):
        return True
    small = sum(word[0].islower() and word not in BY_SMALL for word in WORD.findall(text if undated is None else undated))
    ended = text.rstrip()[-1:] in ".”\""
    return (small >= 3 and ended) if NAMED_BY.match(text) else small >= (1 if ended else 3)
