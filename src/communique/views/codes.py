"""Country codes for joins: ISO alpha-3 → Correlates of War, Gleditsch-Ward, ISO alpha-2, FIPS 10-4, name.

All but FIPS come from the built countries table. A country without a code there has `None`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from communique import tables
from communique.errors import TableError

# FIPS 10-4 differs from ISO 3166 alpha-2 for most countries (NGA's GEC list, public domain). Only the GDELT export
# needs it; a country that is not here has an empty code there.
_FIPS = (
    "AFG=AF ALB=AL DZA=AG AND=AN AGO=AO ATG=AC ARG=AR ARM=AM AUS=AS AUT=AU AZE=AJ BHS=BF BHR=BA BGD=BG BRB=BB BLR=BO BEL=BE BLZ=BH BEN=BN "
    "BTN=BT BOL=BL BIH=BK BWA=BC BRA=BR BRN=BX BGR=BU BFA=UV BDI=BY KHM=CB CMR=CM CAN=CA CPV=CV CAF=CT TCD=CD CHL=CI CHN=CH COL=CO COM=CN "
    "COG=CF COD=CG CRI=CS CIV=IV HRV=HR CUB=CU CYP=CY CZE=EZ DNK=DA DJI=DJ DMA=DO DOM=DR TLS=TT ECU=EC EGY=EG SLV=ES GNQ=EK ERI=ER EST=EN "
    "SWZ=WZ ETH=ET FJI=FJ FIN=FI FRA=FR GAB=GB GMB=GA GEO=GG DEU=GM GHA=GH GRC=GR GRD=GJ GTM=GT GIN=GV GNB=PU GUY=GY HTI=HA HND=HO HKG=HK "
    "HUN=HU ISL=IC IND=IN IDN=ID IRN=IR IRQ=IZ IRL=EI ISR=IS ITA=IT JAM=JM JPN=JA JOR=JO KAZ=KZ KEN=KE KIR=KR PRK=KN KOR=KS XKX=KV KWT=KU "
    "KGZ=KG LAO=LA LVA=LG LBN=LE LSO=LT LBR=LI LBY=LY LIE=LS LTU=LH LUX=LU MAC=MC MDG=MA MWI=MI MYS=MY MDV=MV MLI=ML MLT=MT MHL=RM MRT=MR "
    "MUS=MP MEX=MX FSM=FM MDA=MD MCO=MN MNG=MG MNE=MJ MAR=MO MOZ=MZ MMR=BM NAM=WA NRU=NR NPL=NP NLD=NL NZL=NZ NIC=NU NER=NG NGA=NI MKD=MK "
    "NOR=NO OMN=MU PAK=PK PLW=PS PAN=PM PNG=PP PRY=PA PER=PE PHL=RP POL=PL PRT=PO QAT=QA ROU=RO RUS=RS RWA=RW KNA=SC LCA=ST VCT=VC WSM=WS "
    "SMR=SM STP=TP SAU=SA SEN=SG SRB=RI SYC=SE SLE=SL SGP=SN SVK=LO SVN=SI SLB=BP SOM=SO ZAF=SF SSD=OD ESP=SP LKA=CE SDN=SU SUR=NS SWE=SW "
    "CHE=SZ SYR=SY TWN=TW TJK=TI TZA=TZ THA=TH TGO=TO TON=TN TTO=TD TUN=TS TUR=TU TKM=TX TUV=TV UGA=UG UKR=UP ARE=AE GBR=UK USA=US URY=UY "
    "UZB=UZ VUT=NH VAT=VT VEN=VE VNM=VM YEM=YM ZMB=ZA ZWE=ZI"
)


@functools.cache
def _countries() -> Mapping[str, Mapping[str, Any]]:
    try:
        return {c["iso3"]: c for c in tables.load("countries.json")["countries"]}
    except TableError:
        return {}


@functools.cache
def _fips() -> Mapping[str, str]:
    return dict(pair.split("=") for pair in _FIPS.split())


def _field(iso3: str | None, name: str) -> Any:
    return _countries().get(iso3 or "", {}).get(name)


def cow(iso3: str | None) -> int | None:
    """Correlates of War number."""
    found = _field(iso3, "cow")
    return int(found) if found is not None else None


def gw(iso3: str | None) -> int | None:
    """Gleditsch-Ward number."""
    found = _field(iso3, "gw")
    return int(found) if found is not None else None


def fips(iso3: str | None) -> str | None:
    """FIPS 10-4 code."""
    return _fips().get(iso3 or "")


def country_name(iso3: str | None) -> str | None:
    """The short English name; the code itself where the table lacks it."""
    found = _field(iso3, "name")
    return str(found) if found is not None else iso3


def known_countries() -> list[str]:
    """All ISO alpha-3 codes of the table, sorted."""
    return sorted(_countries())
