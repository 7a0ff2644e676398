"""Everyday English words that stand for one another when people ask about each other's lives."""

from functools import cache

from .words import terms_in

# The words of a line mean much the same.
_ALIKE = """
job work career profession occupation employment role position
hired employed recruited
boss manager supervisor
colleague coworker teammate
company firm business startup enterprise
fired laid unemployed layoff
salary pay wage income earn earnings
retire retirement pension
resign quit
promote promotion raise
interview applied application apply
meeting appointment
hobby pastime interest leisure passion enjoy
activity event outing
like love enjoy favorite prefer adore fond
dislike hate despise avoid
happy glad joy thrilled excited delighted pleased
sad upset unhappy depressed heartbroken grief
angry mad furious annoyed frustrated
afraid scared fear terrified nervous anxious worried
stress pressure overwhelmed anxiety burnout
proud accomplishment achievement achieve accomplish
goal aim plan dream aspiration ambition hope intend
decide decision choose choice
begin start launch open
finish complete end done
stop quit cease
continue keep maintain
problem issue trouble challenge difficulty struggle obstacle setback
help support assist aid encourage
advice recommend suggestion suggest tip
gift present gave
buy purchase order bought shopping shop
sell sold sale
cost price expense spend pay budget fee
money cash finance savings fund
borrow loan lend debt mortgage
house home apartment place condo flat
rent lease landlord tenant
live reside stay living
move relocate moving relocated
roommate housemate flatmate
neighborhood area community district
city town village
country nation homeland
travel trip journey vacation visit tour getaway
hotel hostel resort motel airbnb accommodation
flight plane airport airline fly
car vehicle drive automobile
bus train subway transit commute
bike cycling ride biking cyclist
road highway roadtrip
beach ocean sea coast shore
lake river pond stream waterfall
mountain hill peak summit
forest woods park nature outdoors trail
hike hiking trek walk trail
camp camping tent campfire
run jog running marathon race
swim swimming pool
exercise workout gym fitness train training
yoga meditation mindfulness relax
sport athletic game team
soccer football
win victory champion prize award trophy
lose defeat
compete competition contest tournament match
score point goal
coach trainer mentor instructor teacher tutor
school college university campus
student pupil classmate
class course lesson workshop seminar
degree diploma major graduate graduation
study learn education research
exam test quiz midterm
book novel read reading author literature
story tale fiction
write writing blog journal poem poetry script screenplay
publish published publication article
movie show series watch cinema
music song album band concert listen playlist
instrument guitar piano violin
sing singer choir vocal karaoke
dance dancing dancer ballet
art artwork painting paint drawing draw sketch sculpture
craft pottery knitting sewing handmade
photo camera picture photography
museum gallery exhibit exhibition
theater play performance perform stage
festival fair parade carnival
party celebrate celebration gathering
wedding bride groom engaged engagement
birthday anniversary
holiday christmas thanksgiving easter
game gaming videogame console boardgame
computer laptop pc
phone smartphone mobile
internet online website web
software app program code coding programming developer
technology tech gadget device
food meal dish cuisine eat
cook cooking bake baking recipe
breakfast lunch dinner supper brunch
restaurant cafe diner eatery
snack dessert sweet treat cake cookie
drink beverage coffee tea juice
alcohol wine beer cocktail
vegetarian vegan diet
allergy allergic intolerance
healthy health wellness nutrition
sick ill illness disease unwell
pain ache hurt injury injured
doctor physician hospital clinic medical
medicine medication pill drug prescription
surgery operation
therapy therapist counseling counselor psychologist
diagnose diagnosis condition symptom
sleep insomnia nap rest
weight diet slim
pregnant pregnancy expecting baby
baby infant newborn toddler
child son daughter
parent mother father
sibling brother sister
family relative
husband wife spouse partner
boyfriend girlfriend partner dating date relationship
friend buddy pal friendship
marry wed
divorce breakup separated split single
grandmother grandfather grandparent
cousin uncle aunt nephew niece
pet animal dog cat puppy kitten
puppy dog
kitten cat
bird parrot
garden gardening plant flower grow
clothes clothing outfit wear dress
shoe sneaker boot
jewelry necklace ring bracelet pendant
hair haircut hairstyle
religion church faith religious spiritual prayer pray god
volunteer charity donate donation fundraiser nonprofit
community group club organization
protest rally activism activist rights
politics election vote
law legal lawyer attorney court
police crime robbery stolen theft
accident crash collision
fire storm flood hurricane earthquake disaster
weather rain snow sunny cold
war military army soldier veteran
old age elderly years
young youth teen teenager
childhood kid growing grew
nickname called name
origin originally native hometown homeland roots born raised
identity gender transgender lgbtq gay lesbian queer
personality trait kind thoughtful character
hometown grew raised
language speak fluent bilingual
fix repair mend
build create make develop construct design
clean tidy declutter organize
lost missing misplaced
find discover found
receive get got
give donate
meet met encounter introduced
call phone text message
teach taught tutor
attend went join participate
visit went saw
adopt adoption rescue shelter
furniture sofa table chair
kitchen stove oven
symbol represent mean symbolize meaning
reason motivate inspire inspiration motivation
difference differ changed change
improve better progress
often frequency weekly daily regularly
length long duration
total altogether number
recent latest new current
"""

# A word for a kind of thing, then things of that kind.
_KINDS = """
pet: dog cat puppy kitten hamster rabbit fish turtle parrot guinea pig bird snake lizard
animal: dog cat horse bird fish turtle elephant lion bear deer snake rabbit whale dolphin
instrument: guitar piano violin drum flute saxophone clarinet cello trumpet ukulele bass keyboard harp
sport: basketball soccer football tennis baseball volleyball hockey golf swim run surf ski snowboard skate
sport: boxing climb cycling yoga cricket rugby badminton martial karate wrestling gymnastics
exercise: yoga run gym swim weights pilates cycling cardio jog aerobics crossfit strength
hobby: paint read cook bake hike garden photography music guitar dance write run swim camp knit pottery game
activity: hike camp swim run paint pottery museum picnic concert park beach dance cook game bowling movie
outdoor: hike camp beach park trail picnic mountain lake fish bike kayak climb garden
art: paint drawing sculpture pottery sketch photography mural watercolor canvas acrylic
food: pizza pasta salad soup sushi burger sandwich taco chicken steak rice bread cheese curry seafood noodle
food: vegetable fruit dessert cake cookie ice cream chocolate breakfast lunch dinner
dessert: cake cookie pie ice cream chocolate brownie cupcake tart pudding
drink: coffee tea wine beer juice soda smoothie water cocktail latte
fruit: apple banana orange strawberry berry grape mango peach lemon
vegetable: carrot tomato potato broccoli spinach pepper onion lettuce kale cucumber
family: mother father sister brother son daughter husband wife child parent grandmother
family: grandfather cousin aunt uncle
parent: mother father
child: son daughter baby kid
sibling: brother sister
relative: aunt uncle cousin grandmother grandfather nephew niece
job: teacher nurse engineer doctor lawyer manager designer developer waiter chef accountant
job: assistant internship shift
profession: teacher nurse engineer doctor lawyer designer developer chef accountant artist writer actor
career: teacher nurse engineer doctor lawyer counselor designer developer job degree internship
subject: math history science biology chemistry physics english art literature psychology economics
major: engineering computer science business psychology biology economics history law degree
school: college university kindergarten class teacher student grade semester
trip: beach hotel flight airport tour mountain city museum travel road
place: city park beach museum restaurant cafe country town lake mountain
city: new york los angeles london paris chicago san francisco boston seattle tokyo miami berlin rome town
country: usa america england france italy spain germany canada mexico japan china india australia
country: brazil greece
state: california texas florida new york washington oregon colorado michigan
vehicle: car truck bike motorcycle van bus suv
weather: rain snow sun storm wind cold hot cloud
season: spring summer autumn fall winter
clothes: shirt dress jacket pants jeans shoe hat sweater skirt coat sock
jewelry: necklace ring bracelet earring pendant
device: phone laptop tablet computer watch camera headphone console
game: chess poker nintendo xbox playstation minecraft zelda monopoly card board puzzle
genre: fantasy romance thriller mystery horror comedy drama action fiction rock pop jazz classical rap
music: rock pop jazz classical hip hop rap country blues song band concert
movie: thriller comedy drama horror action romance trilogy cinema scene actor director
book: novel series author chapter trilogy memoir fiction page
health: doctor hospital diet exercise sleep therapy blood pressure pain weight
injury: broken sprain fracture ankle knee wrist shoulder back
symptom: headache fever cough nausea fatigue dizzy pain
emotion: happy sad angry afraid proud anxious grateful lonely excited nervous
feel: happy sad proud excited grateful nervous anxious amazing awesome tough
holiday: christmas thanksgiving easter halloween hanukkah new year
event: concert festival party wedding conference fair parade race workshop meeting show
celebrate: birthday anniversary wedding graduation party holiday
charity: fundraiser donation shelter homeless volunteer nonprofit race
volunteer: shelter homeless charity soup kitchen hospital mentor
financial: money budget savings loan debt income invest bank rent
bill: rent electricity internet phone water
invest: stock bond crypto fund portfolio
furniture: sofa couch table chair bed desk lamp shelf dresser
room: kitchen bedroom bathroom living garage office basement
flower: rose tulip sunflower daisy lily orchid lavender
plant: tomato herb basil succulent fern tree seed rose
color: red blue green yellow black white purple pink orange brown
language: english spanish french german italian chinese japanese portuguese korean russian
religion: church mosque temple christian muslim jewish buddhist hindu bible
martial: karate judo taekwondo boxing kickboxing
dance: ballet salsa tango hip hop contemporary
social: instagram facebook twitter tiktok youtube post
appliance: oven stove fridge dishwasher microwave blender fryer
"""

# A word for a part of life, then what people say when they speak of it; each may stand for the topic.
_TOPICS = """
work job career profession employment employer: office boss shift deadline project
work job career profession employment employer: client meeting team salary promotion
work job career profession employment employer: coworker hire interview intern
business: customer store shop brand marketing client product launch sales startup owner
education: school college degree class course exam graduate professor study university major
education: scholarship thesis
school: class teacher exam homework semester grade student lecture quiz assignment professor
health: doctor hospital sick pain medicine diagnosis therapy checkup surgery symptom diet exercise
mental: therapy anxiety stress depression meditation counseling mindfulness self care
fitness: gym workout run yoga muscle weights trainer marathon exercise steps
love: relationship boyfriend girlfriend date crush husband wife romantic marry
relationship: boyfriend girlfriend husband wife partner date friend married single together breakup
status: single married divorced dating engaged parent
family: kid mother father husband wife sister brother parents grandmother relatives home
friend: buddy pal friends hang together meet
kid: school playground toy bedtime baby daughter son
travel: trip flight hotel airport vacation abroad passport backpack visit beach tour country
vacation: beach trip cruise resort hotel flight island
nature: forest mountain hike ocean lake river sunset trees trail park waterfall beach camp
outdoor: hike camp climb kayak mountain trail beach
sport: team game match play coach championship tournament practice league season train
win: first place prize award trophy medal championship tournament
music: song band concert guitar piano album sing playlist melody festival lyrics
artist: singer band painter musician song album paint
movie: film watch cinema actor scene director netflix theater plot
show: series episode season netflix watch character
read: book novel author library chapter story page
book: read novel author story chapter series library
write: story script book screenplay poem blog journal novel
game: play console level nintendo video players strategy tournament
cook: recipe kitchen dinner meal ingredients bake oven dish
food: eat dinner lunch recipe restaurant dish meal taste delicious cook
restaurant: dinner eat menu food table dish cuisine
eat: food dinner lunch breakfast meal restaurant dish diet
drink: coffee tea wine beer bar
pet: dog cat puppy kitten vet leash adopt
money: savings budget loan debt salary invest bank pay bill rent
house: apartment rent mortgage kitchen room move neighborhood yard garden
live: apartment house city town move rent neighborhood
move: new apartment city house relocate pack
hometown: grew born raised city native
shop: store buy mall price sale
buy: purchased bought got ordered new store
car: drive engine repair road mechanic tire park
technology: computer phone app software code online ai robot data
computer: laptop code software program engineering science
weather: rain snow sunny storm cold hot
religion: church faith god pray bible
help: volunteer support donate charity community
community: volunteer group center event members neighborhood
support: help encourage there group friends family
political: election vote campaign government policy office
future: plan next hope goal dream someday going want
plan: going next will hope weekend trip looking forward thinking
hope: wish want dream goal
accomplish: finished completed won achieved proud milestone graduated
challenge: hard difficult tough struggle overcome
hobby: free time weekend love enjoy fun
fun: enjoy play laugh party game
relax: rest unwind bath music read walk nature yoga meditation calm peaceful
destress: relax unwind run yoga pottery read walk music
stress: busy deadline tired exhausted overwhelmed work exams
sick: flu cold fever doctor rest hospital
injury: hurt broke sprained hospital accident doctor
gift: birthday present surprise bought gave
celebrate: party cake birthday graduation champagne
favorite: love best enjoy fan
personality: caring kind thoughtful strong creative brave honest patient
trait: caring kind thoughtful strong creative brave honest patient
describe: amazing kind strong beautiful thoughtful
born: birthday grew country year
nickname: call name short
degree: major bachelor master phd university graduate
career: job work field degree dream become
language: speak learn fluent words native
movie: marvel star wars disney
appearance: hair tall eyes tattoo wear
beauty: makeup skincare hair nails
fear: scared afraid phobia nervous
sleep: bed night tired insomnia wake
morning: breakfast wake early coffee
evening: dinner night sunset
weekend: saturday sunday friday plans
"""


def _lines(table: str) -> list[str]:
    return table.strip().splitlines()


@cache
def _table() -> dict[str, frozenset[str]]:
    terms = terms_in("english")
    table: dict[str, set[str]] = {}
    for line in _lines(_ALIKE):
        group = set(terms.of(line))
        for term in group:
            table.setdefault(term, set()).update(group - {term})
    for line in _lines(_KINDS) + _lines(_TOPICS):
        kind, _, members = line.partition(":")
        for term in terms.of(kind):
            table.setdefault(term, set()).update(terms.of(members))
    return {term: frozenset(others - {term}) for term, others in table.items()}


def related(term: str) -> frozenset[str]:
    """The terms that may stand for a term."""
    return _table().get(term, frozenset())
