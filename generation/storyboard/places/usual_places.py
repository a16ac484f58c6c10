"""Where people and things usually are and deeds are done, for captions that name no place.

Tables of words of captions, kinds of things and verbs -> places; staging/likely_places.py chooses by them.
"""

from __future__ import annotations

from typing import Final

# Where people of a trade work, by the caption's word for them, if nothing else says where it happens.
AT_WORK: Final = {
    **dict.fromkeys(("beggar", "beggars"), "street"),
    **dict.fromkeys(("cashier", "shopkeeper", "shop assistant", "salesperson", "customer", "shopper"), "shop"),
    **dict.fromkeys(("fisherman", "fishermen"), "pier"),
    "shoplifter": "shop", **dict.fromkeys(("roofer", "roofers"), "street"),
    **dict.fromkeys(("nurse", "doctor", "patient"), "hospital"), "waiter": "restaurant", "waitress": "restaurant",
    **dict.fromkeys(("bartender", "barman", "barmaid"), "bar"), "diner": "restaurant",
    **dict.fromkeys(("postman", "mailman", "mail carrier", "courier", "paperboy"), "house front"),
    **dict.fromkeys(("teacher", "pupil", "student"), "classroom"),
    **dict.fromkeys(("welder", "technician", "machine operator", "electrician", "machinist", "fitter"),
                    "factory"), "farmer": "farm",
    **dict.fromkeys(("skier", "snowboarder", "skiers", "snowboarders"), "ski slope"), "referee": "stadium",
    **dict.fromkeys(("goalkeeper", "striker", "soccer player", "football player", "footballer"), "stadium"),
    **dict.fromkeys(("skater", "skaters", "figure skater", "ice skater", "hockey player"), "ice rink"),
    **dict.fromkeys(("boxer", "boxers", "wrestler", "wrestlers"), "boxing ring"), "librarian": "library",
    **dict.fromkeys(("secretary", "clerk", "accountant", "programmer"), "office"), "barista": "restaurant",
    **dict.fromkeys(("barber", "hairdresser", "hairstylist"), "hair salon"), "scientist": "laboratory",
    **dict.fromkeys(("swimmer", "swimmers", "lifeguard"), "swimming pool"), "gymnast": "gym", "lecturer": "classroom",
    **dict.fromkeys(("runner", "runners", "sprinter", "sprinters"), "running track"), "priest": "church",
    **dict.fromkeys(("actor", "actors", "singer", "dancer", "ballerina", "magician", "pianist", "choir"), "stage"),
    **dict.fromkeys(("judge", "lawyer", "defendant", "juror"), "courtroom"), "prisoner": "prison", "inmate": "prison",
    **dict.fromkeys(("stewardess", "air hostess"), "plane cabin"), "conductor": "train carriage",
    "ticket inspector": "train carriage", "hiker": "mountain", "hikers": "mountain", "lumberjack": "forest",
    **dict.fromkeys(("baker", "pastry chef"), "bakery"), "butcher": "butcher's shop", "florist": "flower shop",
    **dict.fromkeys(("surgeon", "surgeons"), "operating theatre"), "dentist": "dentist's practice", "cook": "kitchen",
    **dict.fromkeys(("pharmacist", "chemist"), "pharmacy"), "paramedic": "street", "chef": "kitchen",
    **dict.fromkeys(("docker", "stevedore", "dock worker"), "quay"),
    **dict.fromkeys(("warehouseman", "packer", "order picker", "packager", "warehouse worker"), "warehouse"),
    **dict.fromkeys(("carpenter", "joiner", "blacksmith", "cobbler", "locksmith"), "workshop"),
    "mechanic": "car workshop",
    **dict.fromkeys(("tailor", "seamstress", "dressmaker"), "sewing workshop"), "jeweller": "jewellery shop",
    **dict.fromkeys(("miner", "miners"), "mine"), "pilot": "cockpit",
    **dict.fromkeys(("sailor", "sailors"), "ship deck"), "newsreader": "tv studio", "sculptor": "art studio",
    **dict.fromkeys(("clown", "clowns", "acrobat", "acrobats", "trapeze artist"), "circus"), "gardener": "garden",
    **dict.fromkeys(("player", "striker", "footballer", "goalkeeper", "goalie"), "stadium"),
    **dict.fromkeys(("vet", "veterinarian"), "doctor's office"), **dict.fromkeys(("golfer", "golfers"), "golf course"),
    **dict.fromkeys(("astronaut", "astronauts"), "lunar surface"),
    **dict.fromkeys(("grocer", "greengrocer", "fishmonger"), "shop"), "inspector": "factory", "sorter": "factory",
    **dict.fromkeys(("foreman", "forewoman", "site manager", "banksman", "scaffolder", "plasterer", "steel fixer",
                     "builder", "construction worker", "site engineer"), "construction site"),
    **dict.fromkeys(("logger", "woodcutter", "lumberman", "forester"), "forest"),
    **dict.fromkeys(("machine", "pipe", "valve"), "factory"), "shop window": "street", "receptionist": "lobby",
}  # fmt: skip
# Where it is done, if nothing else says where it happens.
DONE_IN: Final = {
    "drown": "lake",
    **dict.fromkeys(
        ("wash food", "taste", "season", "cook", "fry", "knead", "peel", "spread", "stir", "roll dough", "cut"),
        "kitchen",
    ),
    **dict.fromkeys(("wash hands", "shave", "brush teeth", "make up", "shower", "dry hair", "comb"), "bathroom"),
    **dict.fromkeys(("iron", "knit", "vacuum", "fold", "draw on wall"), "living room"),
    "hammer": "workshop",
    "play table tennis": "gym",
    "count out": "office",
    **dict.fromkeys(("lift weights", "curl", "push up"), "gym"),
    "mop": "corridor", "sit": "park", "play console": "living room", "nod off": "living room",
    "hit ball": "park", "raise hand": "classroom", "mow": "garden", "fly kite": "park", "rake": "garden",
    "change bulb": "living room", "fish": "lakeside",
    "type": "office",
}  # fmt: skip
BY_DEED: Final = {"swim": "lake", "dive": "swimming pool", "drown": "lake", "ski": "ski slope", "surf": "sea"}
BY_NAME: Final = {"mechanic": "car workshop", "mechanics": "car workshop",
                  "banquet table": "ballroom", "conference table": "meeting room", "boardroom table": "meeting room",
                  "kitchen counter": "kitchen", "kitchen sink": "kitchen", "kitchen table": "kitchen",
                  "dining table": "kitchen",
                  "reception desk": "lobby", "coffee table": "living room", "bar counter": "restaurant",
                  "operating table": "hospital", "hospital bed": "hospital", "cash register": "supermarket",
                  "crib": "bedroom", "dishes": "kitchen", "cat food": "kitchen", "dog food": "kitchen",
                  "pet food": "kitchen",
                  "tinned food": "kitchen", "story": "living room", "bedtime story": "bedroom",
                  "blanket": "bedroom", "duvet": "bedroom", "quilt": "bedroom",
                  "supermarket shelf": "supermarket", "store shelf": "shop",
                  "bathroom shelf": "bathroom", "grocery shelf": "supermarket", "front door": "house front",
                  "front steps": "house front", "porch steps": "house front",
                  "shop window": "street", "windowsill": "living room",
                  "window sill": "living room",
                  **dict.fromkeys(("subway train", "metro train"), "subway"),
                  **dict.fromkeys(("baggage carousel", "luggage carousel", "baggage belt"), "baggage hall"),
                  "luggage belt": "baggage hall",
                  "blackboard": "classroom", **dict.fromkeys(("farmhouse", "cottage", "country house"), "meadow"),
                  **dict.fromkeys(("log cabin", "wooden cabin", "hunting lodge"), "forest"),
                  **dict.fromkeys(("ski hut", "ski lodge", "ski chalet"), "snow"),
                  **dict.fromkeys(("mountain hut", "mountain lodge", "alpine hut", "chalet"), "mountain")}  # fmt: skip
# Where things stand, whatever else is named.
AT_THEIR_PLACE: Final = {
    "check in desk": "airport",
    "molten metal": "foundry",
    "saw blade": "sawmill",
    "flat cart of brick": "construction site",
    **dict.fromkeys(("robot arm", "conveyor"), "factory"),
    "letter box": "street",
    **dict.fromkeys(
        ("manned crane", "excavator", "bulldozer", "wheel loader", "cement mixer", "concrete"), "construction site"
    ),
}
# Where it happens instead of a room that no caption names, if it rains or snows on it.
UNDER_THE_SKY: Final = {
    **dict.fromkeys(("warehouse", "loading dock"), "container yard"), **dict.fromkeys(("factory", "foundry"), "yard"),
    **dict.fromkeys(("living room", "kitchen", "bedroom", "bathroom", "dining room", "room"), "garden"),
    "gym": "park", "stage": "square", "ballroom": "square", "circus": "square", "stable": "farm", "barn": "farm",
    "subway": "railway", "swimming pool": "poolside", "ice rink": "ice", "greenhouse": "garden",
    "train carriage": "railway", "airport": "runway", "classroom": "schoolyard",
}  # fmt: skip
