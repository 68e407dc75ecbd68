"""Clinical and plan vocabulary for synthetic people: codes, plans, departments, staff, notes.

Plan names are made up; ICD-10-CM codes are common real ones of the shape A00..Z99 (+ up to 4).
"""

ICD10_CODES = (
    "I10", "E11.9", "E78.5", "Z00.00", "M54.50", "J06.9", "E03.9", "F41.1", "K21.9", "F32.A",
    "N39.0", "M25.561", "J45.909", "E66.9", "G47.33", "I25.10", "I48.91", "N18.30", "J44.9",
    "M17.11", "E11.65", "I50.9", "F33.1", "R05.9", "Z79.4", "M81.0", "D64.9", "H25.13", "C50.911",
    "G43.909", "L40.0", "M06.9", "K58.9", "S83.511A", "S93.401A", "M75.101", "M79.604", "G56.01",
    "R73.03", "Z23", "B35.1",
)  # fmt: skip
PLANS = (
    "Medicare Part B", "Harborlight PPO", "Bluestem Health HMO", "Medicaid",
    "Granite State Mutual", "Pinecrest Advantage", "Tidewater Choice Plus", "Redwood Care Select",
    "Self Pay", "Lakeshore, Inc. EPO", "Summit & Sons Employee Plan",
)  # fmt: skip
SECONDARY_PLANS = ("Medigap Plan G", "Medigap Plan N", "Cornerstone Supplement", "Medicaid")
DEPARTMENTS = (
    "Primary Care", "Cardiology", "Endocrinology", "Physical Therapy", "Behavioral Health",
    "Orthopedics", "Pulmonology", "Women's Health", "Geriatrics", "Nephrology",
)  # fmt: skip
LANGUAGES = (
    "English", "Spanish", "Chinese", "Vietnamese", "Tagalog", "Arabic", "French", "Korean",
    "Russian", "Portuguese", "Haitian", "Polish",
)  # fmt: skip
LANGUAGE_WEIGHTS = [780, 130, 12, 10, 10, 8, 8, 7, 6, 6, 5, 4]
MEDICATIONS = (
    "Lisinopril 10 mg", "Atorvastatin 20 mg", "Metformin 500 mg", "Levothyroxine 50 mcg",
    "Amlodipine 5 mg", "Metoprolol 25 mg", "Omeprazole 20 mg", "Losartan 50 mg",
    "Albuterol inhaler", "Gabapentin 300 mg", "Sertraline 50 mg", "Insulin glargine, 10 units",
)  # fmt: skip
FLAGS = ("Fall Risk", "Interpreter", "Hard of Hearing", "Lives Alone", "No Voicemail", "Transport")
RISK_LEVELS = ("Low", "Moderate", "High")
RISK_WEIGHTS = [6, 3, 1]
STAFF = (
    ("Priya", "Raman"), ("Daniel", "O'Hara"), ("Mei-Ling", "Zhou"), ("Grace", "Okonkwo"),
    ("Hannah", "Levy"), ("Tomás", "Rivas"), ("Ellen", "McBride"), ("Samuel", "Whitfield"),
    ("Ruth", "Van Horn"), ("Amira", "Haddad"), ("Peter", "Kowalczyk"), ("Joan", "St. Clair"),
)  # fmt: skip
NOTES = (
    "Prefers calls after 3 pm", "Uses a walker, lives alone", 'Goes by "Skip"',
    "Daughter drives to visits; call her first", "Wheelchair access needed",
    "Récord médico en español", "Allergic to latex, penicillin", "No voicemail please",
)  # fmt: skip
CLIENT_GROUPS = (
    "Acme Inc",
    "Peak Runners",
    "Back Care",
    "Post-Op Knee",
    "Seniors, Tuesday",
    "Dancers",
)
