"""Classes of words that the sieves go by: verbs of speech, what a common noun stands for, nouns and verbs of one kind of event."""

from __future__ import annotations

from typing import Literal

NodeType = Literal["person", "body", "country", "event", "thing", "people", "unknown"]


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


SAY = words(
    "say add tell state announce declare report note claim argue insist warn explain stress confirm deny reiterate maintain "
    "acknowledge allege assert assure comment disclose estimate hint inform mention predict reply respond reveal suggest "
    "write accuse admit affirm believe call condemn dismiss emphasise emphasize hope describe express pledge promise vow"
)
FEMALE = words("spokeswoman chairwoman congresswoman queen princess woman mother sister wife daughter actress businesswoman")
MALE = words("king prince emir sultan pope sheikh ayatollah cardinal archbishop man father brother husband son chairman spokesman businessman congressman statesman policeman")
# Given names that nearly always belong to one gender, of many languages; those of both (Kim, Andrea, Jean, Nicola) are left out.
FEMALE_NAMES = words(
    "ana anna anne ann maria maría marie mary elena helena hélène sarah sara fatima fatou fatu aisha amina amira leila layla laila mariam maryam "
    "grace rosa rose laura clara lucía lucia sofia sofía sophie julia julie giulia carla chiara paola francesca elisa isabel isabelle "
    "carmen teresa ines inés beatriz mariana daniela gabriela valentina camila catalina claudia patricia sandra monica mónica "
    "angela ursula petra ingrid astrid sigrid solveig greta karin kristin kirsten mette hanne hanna hannah sanna aino "
    "olga irina natalia natasha tatiana svetlana yulia ekaterina oksana marina lyudmila tamara ayşe aysel zeynep fatma "
    "nadia nadine salma samira rania zainab khadija asma hina benazir priya sunita indira sushma lakshmi "
    "yuko yoko keiko naoko sakura hana elizabeth margaret catherine katherine kate emma emily jane jennifer jessica linda "
    "susan barbara nancy karen lisa rachel rebecca victoria charlotte alice eleanor ellen fiona aoife siobhan mairead wanjiru "
    "ngozi chioma adaeze ama akosua abena efua thandiwe nomsa zanele lindiwe joyce ellen agnes esther ruth deborah"
)
MALE_NAMES = words(
    "john james robert michael william david richard joseph thomas charles peter paul mark george andrew edward henry stephen kevin "
    "brian frank patrick simon martin philip anthony jack josé juan carlos luis jorge pedro miguel manuel antonio francisco javier "
    "fernando rafael diego pablo sergio andrés hugo raúl ricardo eduardo alberto roberto mario marco luca paolo giovanni giuseppe "
    "carlo stefano pierre jacques françois michel philippe henri louis hans klaus jürgen wolfgang dieter stefan "
    "lars sven erik olaf olav johan jens nils mikael matti ivan vladimir sergei dmitry dmitri aleksandr alexander alexei mikhail "
    "nikolai boris yuri oleg igor viktor pavel petr piotr jan andrzej marek tomasz jakub milan marko goran dragan ilir nikos "
    "giorgos dimitris stavros yannis mohammed muhammad mohamed ahmed ali hassan hussein omar ibrahim mahmoud mustafa khalid "
    "abdullah abdul salman faisal rashid karim youssef yusuf tariq bilal imran hamid reza mehdi hossein javad mehmet ahmet "
    "recep emre levan giorgi aram armen rajesh ravi sanjay vijay arjun anil suresh narendra kenji hiroshi takeshi taro shinzo "
    "kwame kofi kwabena yaw emeka chukwuma oluwaseun sipho thabo bongani juma kamau mutua"
)
_BODY = words(
    "ministry government military army navy force parliament congress senate cabinet administration department agency "
    "authority council commission court tribunal committee police embassy command coalition alliance bloc union "
    "organisation organization group party militia faction movement regime junta office bureau bank company firm guard "
    "secretariat assembly presidency consulate opposition treasury legislature service newspaper network watchdog body"
)
RELATED = words("neighbour neighbor ally partner adversary rival foe enemy")  # what a country is to another; the coder asks a longer list, of people too (`relations` in support.toml)
COUNTRY = words(
    "country nation state kingdom republic sultanate emirate island archipelago neighbour neighbor ally government side "
    "capital power economy partner adversary rival foe signatory territory party member delegation mainland"
)
PEOPLE = words(
    "official troop soldier rebel fighter insurgent militant protester demonstrator migrant refugee lawmaker citizen "
    "analyst expert diplomat people student worker villager resident fisherman sailor journalist hostage prisoner "
    "detainee activist supporter force guard leader minister president chief man woman trader gunman driver herder teacher "
    "fisher miner nurse engineer priest passenger tourist civilian smuggler pirate settler banker monk volunteer trafficker "
    "contractor lawyer farmer doctor pilot suspect victim attacker widow voter crowd girl boy child national"
)
_EVENT_CLASSES = {
    "meet": "meet talk meeting summit dialogue negotiation negotiate discussion discuss consultation consult session round gathering "
    "conference encounter call ceremony speak conversation confer",
    "exercise": "exercise drill manoeuvre maneuver iteration wargame training train edition rehearse",
    "visit": "visit trip tour mission travel arrive fly journey stay stop",
    "agree": "agreement agree deal pact accord treaty memorandum declaration document text communique sign arrangement framework protocol truce ceasefire contract",
    "attack": "attack strike raid shelling shell assault bombing bomb operation offensive blast explosion airstrike bombardment "
    "incursion ambush storm fire launch clash fighting fight battle skirmish hit invade invasion campaign violence",
    "transfer": "transfer shipment ship delivery deliver supply send sale sell handover export provide provision",
    "release": "release free swap exchange exchange pardon",
    "penalty": "sanction measure embargo ban restriction tariff penalty restrict prohibit impose curb check control quota",
    "resign": "resignation resign quit departure",
    "expel": "expulsion expel dismissal dismiss recall eject",
    "vote": "vote election referendum ballot poll elect",
    "build": "deployment deploy buildup reinforcement station",
    "march": "protest rally demonstration march demonstrate parade",
    "plan": "plan proposal propose offer initiative roadmap scheme blueprint",
    "claim": "accusation accuse allegation allege charge claim complaint complain",
    "words": "statement remark comment say state speech address",
    "warn": "warning warn threat threaten ultimatum",
    "ask": "request ask demand appeal call plea urge",
    "promise": "promise pledge vow assurance commitment promise guarantee",
    "close": "closure close shut shutdown blockade seal",
    "seize": "seizure seize interception intercept capture detention detain arrest",
    "kill": "killing kill death murder assassination massacre",
    "leave": "withdrawal withdraw pullout pull departure leave exit retreat",
    "test": "test launch launching fire firing",
}  # fmt: skip
CLASS_OF: dict[str, tuple[str, ...]] = {}
for _name, _members in _EVENT_CLASSES.items():
    for _word in dict.fromkeys(_members.split()):
        CLASS_OF[_word] = (*CLASS_OF.get(_word, ()), _name)


def nominal_type(lemma: str, plural: bool) -> NodeType:
    """What a common noun stands for."""
    if lemma in _BODY and not (plural and lemma in ("force", "guard")):
        return "body"
    if lemma in COUNTRY:
        return "country"
    if lemma in PEOPLE or lemma in FEMALE or lemma in MALE:
        return "people" if plural else "person"
    return "event"
