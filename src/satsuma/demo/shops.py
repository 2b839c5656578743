"""The shops of the demo: invented, with plausible places; no shop of anybody's."""

from __future__ import annotations

from typing import Any, Final

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS: Final[dict[str, tuple[str, ...]]] = {
    "city": ("10:00-19:00",) * 6 + ("closed",),
    "mall": ("09:30-20:00",) * 6 + ("10:00-18:00",),
    "town": ("closed", *("09:30-12:30, 14:00-18:30",) * 4, "09:30-18:00", "closed"),
}

# street, postal code, city, latitude, longitude, hours
_PLACES: Final[tuple[tuple[str, str, str, float, float, str], ...]] = (
    ("12 rue Le Bastard", "35000", "Rennes", 48.1127, -1.6794, "city"),
    ("3 place de la République", "35000", "Rennes", 48.1098, -1.6791, "city"),
    ("28 rue de Nantes", "35000", "Rennes", 48.1043, -1.6838, "town"),
    ("7 quai Lamennais", "35000", "Rennes", 48.1099, -1.6829, "city"),
    ("41 rue de Fougères", "35000", "Rennes", 48.1171, -1.6668, "town"),
    ("Centre commercial de la Vilaine, allée 2", "35000", "Rennes", 48.1056, -1.6752, "mall"),
    ("90 boulevard de l'Ouest", "35200", "Rennes", 48.0872, -1.6814, "mall"),
    ("15 avenue du Moulin", "35700", "Rennes", 48.1264, -1.6553, "town"),
    ("2 rue du Port", "35400", "Saint-Malo", 48.6471, -2.0089, "city"),
    ("19 chaussée du Sillon", "35400", "Saint-Malo", 48.6537, -2.0162, "town"),
    ("6 place des Halles", "35500", "Vitré", 48.1236, -1.2098, "town"),
    ("11 rue de la Pompe", "35300", "Fougères", 48.3521, -1.2016, "town"),
    ("33 rue de Siam", "29200", "Brest", 48.3869, -4.4892, "city"),
    ("5 rue Jean-Macé", "29200", "Brest", 48.3905, -4.4836, "town"),
    ("14 rue Kéréon", "29000", "Quimper", 47.9961, -4.1036, "town"),
    ("8 rue du Port de Pêche", "56100", "Lorient", 47.7476, -3.3671, "town"),
    ("21 rue du Méné", "56000", "Vannes", 47.6588, -2.7571, "town"),
    ("4 rue Saint-Guillaume", "22000", "Saint-Brieuc", 48.5142, -2.7634, "town"),
    ("17 rue Crébillon", "44000", "Nantes", 47.2136, -1.5612, "city"),
    ("2 place du Commerce", "44000", "Nantes", 47.2132, -1.5574, "city"),
    ("60 rue de Strasbourg", "44000", "Nantes", 47.2178, -1.5518, "town"),
    ("9 rue Lenepveu", "49100", "Angers", 47.4723, -0.5528, "city"),
    ("25 rue des Minimes", "72000", "Le Mans", 48.0048, 0.1963, "town"),
    ("13 rue Nationale", "37000", "Tours", 47.3952, 0.6876, "city"),
    ("44 rue de la République", "45000", "Orléans", 47.9048, 1.9049, "city"),
    ("18 rue Saint-Pierre", "14000", "Caen", 49.1836, -0.3653, "city"),
    ("70 rue du Gros-Horloge", "76000", "Rouen", 49.4417, 1.0905, "city"),
    ("5 place de l'Hôtel de Ville", "76600", "Le Havre", 49.4939, 0.1077, "city"),
    ("27 rue des Trois-Cailloux", "80000", "Amiens", 49.8932, 2.3006, "town"),
    ("31 rue de Béthune", "59800", "Lille", 50.6329, 3.0625, "city"),
    ("6 place Rihour", "59800", "Lille", 50.6358, 3.0622, "city"),
    ("Galerie des Tanneurs, niveau 1", "59000", "Lille", 50.6345, 3.0651, "mall"),
    ("12 rue de Vesle", "51100", "Reims", 49.2531, 4.0317, "city"),
    ("48 rue Saint-Dizier", "54000", "Nancy", 48.6892, 6.1836, "city"),
    ("22 rue Serpenoise", "57000", "Metz", 49.1165, 6.1757, "city"),
    ("9 rue des Grandes-Arcades", "67000", "Strasbourg", 48.5831, 7.7473, "city"),
    ("15 place Kléber", "67000", "Strasbourg", 48.5834, 7.7459, "city"),
    ("30 rue du Sauvage", "68100", "Mulhouse", 47.7479, 7.3389, "town"),
    ("11 rue de la Liberté", "21000", "Dijon", 47.3223, 5.0388, "city"),
    ("56 Grande Rue", "25000", "Besançon", 47.2372, 6.0259, "town"),
    ("20 avenue des Ternes", "75017", "Paris", 48.8784, 2.2951, "city"),
    ("101 rue de Rivoli", "75001", "Paris", 48.8602, 2.3418, "city"),
    ("8 rue de Rennes", "75006", "Paris", 48.8529, 2.3329, "city"),
    ("64 boulevard Haussmann", "75009", "Paris", 48.8738, 2.3291, "mall"),
    ("5 place d'Italie", "75013", "Paris", 48.8312, 2.3558, "mall"),
    ("39 rue de Belleville", "75019", "Paris", 48.8734, 2.3823, "town"),
    ("14 rue de la Paroisse", "78000", "Versailles", 48.8071, 2.1297, "town"),
    ("36 rue de la République", "69002", "Lyon", 45.7621, 4.8362, "city"),
    ("Centre de la Part-Dieu, niveau 2", "69003", "Lyon", 45.7609, 4.8571, "mall"),
    ("7 cours Vitton", "69006", "Lyon", 45.7698, 4.8529, "town"),
    ("10 place Grenette", "38000", "Grenoble", 45.1909, 5.7276, "city"),
    ("23 rue du Général-Foy", "42000", "Saint-Étienne", 45.4389, 4.3863, "town"),
    ("3 place de Jaude", "63000", "Clermont-Ferrand", 45.7772, 3.0826, "mall"),
    ("52 rue Saint-Ferréol", "13001", "Marseille", 43.2935, 5.3778, "city"),
    ("16 rue de la République", "13002", "Marseille", 43.2998, 5.3692, "city"),
    ("29 cours Mirabeau", "13100", "Aix-en-Provence", 43.5266, 5.4497, "city"),
    ("45 avenue Jean-Médecin", "06000", "Nice", 43.7011, 7.2679, "city"),
    ("8 rue de la Loge", "34000", "Montpellier", 43.6102, 3.8778, "city"),
    ("33 rue d'Alsace-Lorraine", "31000", "Toulouse", 43.6039, 1.4446, "city"),
    ("6 place Wilson", "31000", "Toulouse", 43.6048, 1.4479, "town"),
    ("120 rue Sainte-Catherine", "33000", "Bordeaux", 44.8372, -0.5741, "city"),
    ("18 cours de l'Intendance", "33000", "Bordeaux", 44.8423, -0.5767, "city"),
    ("4 rue Gambetta", "17000", "La Rochelle", 46.1602, -1.1528, "town"),
    ("26 rue du Clocher", "87000", "Limoges", 45.8302, 1.2588, "town"),
)


def _shop(number: int, place: tuple[str, str, str, float, float, str]) -> dict[str, Any]:
    street, postal_code, city, latitude, longitude, hours = place
    return {
        "id": f"shop-{number:03}",
        "name": f"Boutique {city}, {street.split(',')[0].lstrip('0123456789 ')}",
        "address": {
            "street": street,
            "postalCode": postal_code,
            "city": city,
            "country": "FR",
        },
        "location": {"latitude": latitude, "longitude": longitude},
        "openingHours": dict(zip(_WEEK, _HOURS[hours], strict=True)),
    }


SHOPS: Final = {
    shop["id"]: shop for shop in (_shop(n, place) for n, place in enumerate(_PLACES, 1))
}
