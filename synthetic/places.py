"""Places and streets for synthetic addresses.

A zip code is a real three-digit prefix of the place's state followed by 01..99; prefixes 123, 543
and 999 are left out because they would give the placeholder zips 12345, 54321 and 99999.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """A city with one zip prefix and one telephone area code of its state."""

    city: str
    state: str
    zip_prefix: str
    area_code: str
    weight: int


PLACES = tuple(
    Place(city, state, zip_prefix, area_code, int(weight))
    for city, state, zip_prefix, area_code, weight in (
        line.split("|")
        for line in """\
Boston|MA|021|617|30
Worcester|MA|016|508|12
Springfield|MA|011|413|10
Providence|RI|029|401|12
Manchester|NH|031|603|10
Portland|ME|041|207|14
Bangor|ME|044|207|6
Burlington|VT|054|802|8
Hartford|CT|061|860|12
New Haven|CT|065|203|10
Newark|NJ|071|973|20
Jersey City|NJ|073|201|16
Trenton|NJ|086|609|9
San Juan|PR|009|787|10
Ponce|PR|007|787|5
New York|NY|100|212|60
Brooklyn|NY|112|718|45
Buffalo|NY|142|716|14
Philadelphia|PA|191|215|32
Pittsburgh|PA|152|412|18
Wilmington|DE|198|302|7
Washington|DC|200|202|14
Baltimore|MD|212|410|20
Richmond|VA|232|804|14
Norfolk|VA|235|757|12
Charleston|WV|253|304|8
Charlotte|NC|282|704|22
Raleigh|NC|276|919|18
Columbia|SC|292|803|12
Atlanta|GA|303|404|30
Savannah|GA|314|912|9
Miami|FL|331|305|36
Orlando|FL|328|407|24
Tampa|FL|336|813|22
Jacksonville|FL|322|904|18
Birmingham|AL|352|205|12
Nashville|TN|372|615|18
Memphis|TN|381|901|14
Jackson|MS|392|601|9
Louisville|KY|402|502|14
Columbus|OH|432|614|22
Cleveland|OH|441|216|18
Cincinnati|OH|452|513|16
Indianapolis|IN|462|317|20
Detroit|MI|482|313|22
Grand Rapids|MI|495|616|12
Des Moines|IA|503|515|10
Milwaukee|WI|532|414|14
Madison|WI|537|608|10
Minneapolis|MN|554|612|20
Sioux Falls|SD|571|605|6
Fargo|ND|581|701|6
Billings|MT|591|406|6
Chicago|IL|606|312|50
Springfield|IL|627|217|8
St. Louis|MO|631|314|18
Kansas City|MO|641|816|16
Wichita|KS|672|316|9
Omaha|NE|681|402|10
New Orleans|LA|701|504|14
Little Rock|AR|722|501|9
Oklahoma City|OK|731|405|14
Dallas|TX|752|214|38
Houston|TX|770|713|45
San Antonio|TX|782|210|30
Austin|TX|787|512|28
El Paso|TX|799|915|14
Denver|CO|802|303|22
Cheyenne|WY|820|307|5
Boise|ID|837|208|9
Salt Lake City|UT|841|801|14
Phoenix|AZ|850|602|34
Tucson|AZ|857|520|14
Albuquerque|NM|871|505|11
Las Vegas|NV|891|702|24
Los Angeles|CA|900|213|60
Long Beach|CA|908|562|16
San Diego|CA|921|619|32
San Jose|CA|951|408|24
San Francisco|CA|941|415|26
Fresno|CA|937|559|14
Sacramento|CA|958|916|18
Honolulu|HI|968|808|9
Portland|OR|972|503|18
Seattle|WA|981|206|26
Spokane|WA|992|509|10
Anchorage|AK|995|907|7
""".splitlines()
    )
)

STREETS = (
    "Main", "Oak", "Maple", "Park", "Elm", "Washington", "Cedar", "Pine", "Lake", "Hill", "Walnut",
    "Spring", "North", "Ridge", "Church", "Willow", "Mill", "Sunset", "Railroad", "Jackson",
    "Cherry", "West", "South", "Center", "Highland", "Franklin", "River", "Forest", "Lincoln",
    "Jefferson", "Meadow", "Broad", "Chestnut", "Hickory", "Madison", "Birch", "Poplar", "Spruce",
    "Union", "College", "Prospect", "Locust", "Dogwood", "Laurel", "Monroe", "Adams", "Academy",
    "Magnolia", "Sycamore", "Harbor", "Martin Luther King Jr", "St. Charles", "La Cañada",
    "O'Farrell", "2nd", "3rd", "5th", "12th", "42nd",
)  # fmt: skip
STREET_TYPES = ("St", "Ave", "Rd", "Dr", "Ln", "Street", "Avenue", "Blvd", "Ct", "Way", "Pl")
UNIT_KINDS = ("Apt ", "Unit ", "#", "Apt B", "Ste ", "Fl ", "Rm ", "Lot ")
