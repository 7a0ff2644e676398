"""Common English short names and the full names they stand for."""

from functools import cache

# The full name first. Only short names that hardly stand for anything else.
_TABLE = """
abigail abby gail
abraham abe
albert bert al bertie
alexander alex alec sandy xander
alexandra alex sandra lexi
alfred fred alfie
alice allie
amanda mandy
andrew andy drew
angela angie
anne ann annie anna nancy
anthony tony
antonio tony
arthur art artie
barbara barb babs
bartholomew bart
benjamin ben benji benny
bernard bernie
beverly bev
bradley brad
caroline carol carrie
carolyn carol
catherine cathy kate katie kitty cat katherine kathryn
cecilia sissy celia cissy
charles charlie chuck chas
charlotte lottie charlie
christina chris tina christine
christopher chris kit topher
clarence clare
clifford cliff
cynthia cindy
daniel dan danny
david dave davy davey
deborah deb debbie debra
dominic dom
donald don donnie
dorothy dot dolly dottie dorothea
douglas doug
edward ed eddie ned ted teddy
edwin ed eddie
eleanor ellie nell nora nellie
elizabeth liz lizzie lizzy eliza beth betsy betty bess bessie libby
emily em emmy
eugene gene
ezekiel zeke
florence flo flossie
frances fran fanny franny
francis frank
franklin frank
frederick fred freddy freddie
gabriel gabe
gabrielle gabby
gerald gerry jerry
gilbert gil bert
gregory greg
gwendolyn gwen
harold harry hal
harriet hattie harriett
henry harry hank hal
herbert herb bert
isaac ike zac
isabella bella isabel izzy
jacob jake
jacqueline jackie
james jim jimmy jem jamie
janet jan
jeffrey jeff geoffrey geoff
jennifer jen jenny
jeremiah jerry jeremy
jessica jess jessie
john jack johnny jon
jonathan jon jonny
joseph joe joey
josephine jo josie
joshua josh
judith judy
julia julie
kenneth ken kenny
kimberly kim
laurence larry laurie lawrence
leonard len lenny leo
leslie les
lillian lily lil
louis lou louie
louisa lou loo louise
lucille lucy
lydia liddy
madeline maddy maddie
margaret maggie meg peggy marge margie peg greta
martha marty patty
martin marty
mary molly polly
matilda tilda tilly
matthew matt
maximilian max
melanie mel
melissa mel missy
michael mike mick mickey mikey
michelle shelly
mildred millie
mitchell mitch
nathan nate
nathaniel nate nat
nicholas nick nicky nicolas nico
nicole nicky nikki
oliver ollie
olivia liv livvy
oscar ozzie
pamela pam
patricia pat patty trish tricia
patrick pat paddy
penelope penny pen
peter pete
philip phil phillip
priscilla cilla prissy
rachel rach rachael
randall randy
raymond ray
rebecca becky becca
reginald reggie reg
richard dick rick rich ricky richie
robert bob rob bobby robbie bert
roderick rod
rodney rod
ronald ron ronnie
rosemary rose rosie
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie sara
sebastian seb
sidney sid
simon si
sophia sophie
stanley stan
stephanie steph
stephen steve steven stevie
susan sue susie suzy susanna susannah
sylvester sly
terence terry
theodore ted teddy theo
theresa terry tess tessa teresa
thomas tom tommy
timothy tim timmy
valerie val
veronica ronnie
victor vic
victoria vicky vickie tori
vincent vince vinny
virginia ginny ginger
walter walt wally
wilfred wilf
william bill billy will willy liam
winifred winnie
zachary zach zack
"""

# Given names that many bear and that have no short form above.
_COMMON = frozenset(
    """aaron adam adrian ahmed aisha alan alana alba alejandro ali alicia alison amber amelia amir amy ana
    anders andre andrea andreas angel angelica anita anja anton antoine april ariel arjun ashley astrid
    august aurora ava axel barry beatrice ben birgit blake boris brandon brenda brian bruce bruno bryan
    camilla carl carla carlos carmen cecile celine chad chloe claire clara claude claudia colin connor
    craig curtis dale damian dana daniela darren dawn dean denise dennis derek diana diane diego dmitri
    dylan edgar edith elena eli elias elisa ella ellen elsa emil emma enrique eric erica erik erin ernest
    esther ethan eva evan eve evelyn fatima felix fernando fiona francesca francesco gary gavin george
    georgia giovanni glen gloria gordon grace graham grant guy hanna hannah hans hassan hazel heather heidi
    helen helena hector hugh hugo ian ibrahim ingrid irene iris isaac ivan jack jan jane janice jared jasmine
    jason javier jay jean jill joan joanna joel johan jordan jorge jose juan juana juanita julian juliet
    june justin karen karim karl katharina keith kelly kevin kirsten kristin kurt kyle lara lars laura lauren
    layla lea leah lee lena leila leon lewis li lin linda lisa logan lorenzo lucas lucia luis lukas luke luna
    maya mia marc marcel marco marcus maria marie mario marion marius mark marlene marta mason mateo maurice
    megan mei melinda mila miguel milan ming miriam mohamed mohammed monica morgan muhammad nadia nadine
    naomi natalie natasha neil nina noah noel nora norman omar pablo paolo paul paula pauline pedro pierre
    priya quentin rafael rajesh ralph raquel ravi renee ricardo rita robin roger rohan roland roman rosa roy
    ruby ruth ryan sabine sanjay sara scott sean sergei sergio seth shane shannon sharon sheila shirley silvia
    simone sofia sonia stefan stella stuart sunil susanne sven sylvia tanya tara tariq tatiana tina todd
    tomas tracy trevor troy tyler ursula vanessa vera viktor vivian vladimir wanda warren wayne wei wendy
    werner xavier yan yasmin yolanda yuki yusuf yvonne zoe
    ada agnes alma amos archibald augusta augustus basil beulah blanche cecil clarissa clement cora cornelia
    cyril daisy dinah dora edna effie elmer elsie enid ernestine ethel eunice fay felicity flora gertrude
    gideon gladys gwen harvey herman hilda horace ida imogen irma irving ivy jasper jemima josiah lavinia
    leroy lionel lottie lucian luther mabel marian maud maude mercy milton minnie miranda moses muriel myra
    myrtle nettie newton olga olive opal orville otis pearl percy phoebe prudence roxanne rufus rupert selma
    silas sybil thelma tobias ulysses verna viola vivienne wilma winston""".split()
)


@cache
def _full() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _TABLE.split("\n"):
        names = line.split()
        for name in names:
            found.setdefault(name, set()).add(names[0])
    return {name: frozenset(full) for name, full in found.items()}


def full_names(name: str) -> frozenset[str]:
    """The full names a given name may stand for, itself among them; `name` as `names` compares it."""
    return _full().get(name, frozenset()) | {name}


def same_given(one: str, other: str) -> bool:
    """Whether two given names may be short and full, or two short forms, of one."""
    return bool(full_names(one) & full_names(other))


def is_common(name: str) -> bool:
    """Whether so many bear a given name that it says little of who is meant."""
    return name in _COMMON or name in _full()
