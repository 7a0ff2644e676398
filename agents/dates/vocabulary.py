"""The words dates are made of."""


def bag(words: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(words.split())


ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
TEN_NAMES = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = {word: value * 10 for value, word in enumerate(TEN_NAMES.split(), 2)}
NUMBERS = {word: value for value, word in enumerate(ONES.split())} | TENS
FIRST_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: value for value, word in enumerate(FIRST_ORDINALS.split(), 1)} | {"thirtieth": 30}
DECADES = {word[:-1] + "ies": value for word, value in TENS.items()}

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar enero janvier",
            "february feb februar febrero février fevrier",
            "march mar märz maerz marzo mars",
            "april apr abril avril",
            "may mai mayo",
            "june jun juni junio juin",
            "july jul juli julio juillet",
            "august aug agosto août aout",
            "september sep sept septiembre septembre",
            "october oct oktober okt octubre octobre",
            "november nov noviembre novembre",
            "december dec dezember dez diciembre décembre decembre",
        ),
        1,
    )
    for name in names.split()
}
# Never another word and never a given name: these may stand without a preposition.
PLAIN_MONTHS = bag("january february july september october november december")
VERB_MONTHS = {"may", "march"}

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lunes lundi",
            "tuesday tue tues dienstag martes mardi",
            "wednesday wed mittwoch miércoles mercredi",
            "thursday thu thur thurs donnerstag jueves jeudi",
            "friday fri freitag viernes vendredi",
            "saturday sat samstag sábado samedi",
            "sunday sun sonntag domingo dimanche",
        )
    )
    for name in names.split()
}
SEASONS = {"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"}
UNITS = {
    name: unit
    for unit in bag("second minute hour day week weekend fortnight month quarter year decade")
    for name in (unit, unit + "s")
} | {
    **dict.fromkeys(("century", "centuries"), "century"),
    **dict.fromkeys(("sec", "secs", "moment", "moments"), "second"),
    **dict.fromkeys(("min", "mins"), "minute"),
    **dict.fromkeys(("hr", "hrs"), "hour"),
    **dict.fromkeys(("yr", "yrs"), "year"),
    **dict.fromkeys(("wk", "wks"), "week"),
    **dict.fromkeys(("night", "nights", "evening", "evenings", "morning", "mornings"), "day"),
}
CLOCK = {"second": 1, "minute": 60, "hour": 3600}
DAYPARTS = bag("morning afternoon evening night noon midday lunchtime lunch midnight")
DAYS = {
    **dict.fromkeys(("today", "tonight", "tonite", "heute", "hoy", "aujourd'hui"), 0),
    **dict.fromkeys(("yesterday", "yday", "gestern", "ayer"), -1),
    **dict.fromkeys(("tomorrow", "tmrw", "tomorow", "demain"), 1),
    **dict.fromkeys(("vorgestern", "anteayer"), -2),
    **dict.fromkeys(("übermorgen", "uebermorgen"), 2),
}
# What these mean depends on the language around them: `hier` is "here", `morgen` and `mañana` are "morning".
DOUBTFUL_DAYS = {"hier": -1, "morgen": 1, "mañana": 1}
FRENCH = bag(
    "je j'ai tu il elle nous vous ils elles on le la les un une et est étais était à au soir matin c'était"
)
NOT_TOMORROW = bag("guten am jeden diesen la esta cada")

# A date as (month, day), (month, weekday, n-th) or days after Easter; possessive 's is gone from the words.
Rule = tuple[int, int] | tuple[int, int, int] | int
HOLIDAYS: dict[tuple[str, ...], Rule] = {
    ("christmas", "eve"): (12, 24),
    ("christmas", "day"): (12, 25),
    ("christmas",): (12, 25),
    ("xmas",): (12, 25),
    ("boxing", "day"): (12, 26),
    ("new", "year", "eve"): (12, 31),
    ("new", "years", "eve"): (12, 31),
    ("new", "year", "day"): (1, 1),
    ("new", "years", "day"): (1, 1),
    ("new", "years"): (1, 1),
    ("new", "year"): (1, 1),
    ("valentine", "day"): (2, 14),
    ("valentines", "day"): (2, 14),
    ("patrick", "day"): (3, 17),
    ("patricks", "day"): (3, 17),
    ("halloween",): (10, 31),
    ("independence", "day"): (7, 4),
    ("juneteenth",): (6, 19),
    ("veterans", "day"): (11, 11),
    ("mlk", "day"): (1, 0, 3),
    ("mother", "day"): (5, 6, 2),
    ("mothers", "day"): (5, 6, 2),
    ("memorial", "day"): (5, 0, -1),
    ("father", "day"): (6, 6, 3),
    ("fathers", "day"): (6, 6, 3),
    ("labor", "day"): (9, 0, 1),
    ("labour", "day"): (9, 0, 1),
    ("thanksgiving",): (11, 3, 4),
    ("ash", "wednesday"): -46,
    ("palm", "sunday"): -7,
    ("maundy", "thursday"): -3,
    ("good", "friday"): -2,
    ("easter", "sunday"): 0,
    ("easter", "monday"): 1,
    ("easter",): 0,
    ("mardi", "gras"): -47,
}
HOLIDAY_STARTS = {name[0] for name in HOLIDAYS}

ENDS = set(".!?;\n")

AHEAD = bag(
    "will won't shall gonna plan plans planning planned hope hoping hopefully upcoming soon let "
    "scheduled booked due deadline until expected expecting"
)
BEING = bag("i'm we're you're they're he she it am is are")
PAST = bag(
    "was were wasn't weren't had hadn't did didn't went got came saw took made found told said met won "
    "lost bought began ate gave felt left had kept ran sat spent thought wrote read broke fell flew "
    "drove heard held taught sold spoke been"
)
NOT_PAST = bag("need feed speed indeed exceed proceed succeed embed hundred sacred weed seed bed red wed")

DASHES = {"-", "–", "—"}
SHIFTS = {"last": -1, "past": -1, "previous": -1, "preceding": -1, "this": 0, "next": 1}
OPENERS = set('.!?;:,(\n-–—"“*•') | {"", "and", "or", "but", "so"}
AT = bag(
    "in on by since until till from during before after around of between to through for last next this "
    "early mid late circa im en seit depuis desde le el am"
)
# A number after these is a year; after the rest of the language it is a number.
YEAR_AT = bag(
    "in since until till from during throughout before after around circa anno year early mid late between "
    "im en seit"
)
DEGREES = bag("° °f °c fahrenheit celsius degrees")
OWNERS = bag("my our your his her their the this a")
VERBS = bag("was is has had will were brought marked started began saw")
ADVERBS = bag("always this was is has does his us perhaps thus as towards besides its")
COUNTED = bag("people percent km kg m mg cm ft feet bc bce pm calories")
JOINERS = bag("to until till through thru and bis")
GOES_ON = (
    OPENERS
    | VERBS
    | ADVERBS
    | AT
    | {")", "]", "”", "…", "'", "/", "_", "[", "~"}
    | bag(
        "i i'm i've i'll i'd we we're we've we'll you you're he she they they're it it's there when where "
        "while because at with who if that then than not my our his her their the a an just now ago last "
        "next though which are am as be been did do got went instead however too also only can could would "
        "should let may might about"
    )
)
