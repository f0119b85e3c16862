"""What the demo's people say of each other's things: each text belongs to one thing, by its name."""

# (who, recommends, text) by model.
REVIEWS = {
    "Papercut Horizons": (
        ("petrichor", True, "Depth is the best of any that I tried. Skies band a little below 25 steps."),
        ("ines", True, "As sombras ficaram lindas em formatos altos. Com peso 0,7 não precisei de negativo nenhum."),
        ("linnea", True, "The page says where it is weak, and it is right. Holds at 0.6 beside two other LoRAs."),
        ("joaquin", False, "Muy bonito, pero con retratos se rompe. Para paisaje sí."),
        ("noor", True, "يعمل جيدًا مع السماء الليلية."),
    ),
    "Ebru Bath": (
        ("kirigami", True, "紙の上の色がきれい。0.7がちょうどいい。"),
        ("oluwaseun", True, "The combs stay straight across a whole sheet. I print with it."),
        ("sable", False, "Gorgeous, but above 0.9 everything becomes the same comb."),
    ),
    "Silk Study": (
        ("linnea", True, "Folds that fall the way cloth falls. 0.8 is right."),
        ("vo_dalva", True, "Parece a cortina da minha mãe."),
        ("petrichor", False, "One texture above 1.0, whatever I ask for. Below, fine."),
    ),
    "Truchet Loom": (
        ("linnea", True, "It counts. Eleven by eleven is eleven."),
        ("mira_k", True, "Clean edges, and it **tiles** if you cut between two tiles."),
        ("joaquin", True, ""),
    ),
    "Leadlight": (
        ("mvhr", True, "The first whose lead lines meet."),
        ("oluwaseun", True, "Sun in the middle, sun at the left: it listens."),
        ("tadeu.luz", False, "Bonito, mas o azul sempre vence."),
    ),
    "Fim de Tarde": (
        ("ines", True, "Fim de tarde com isto fica como eu lembrava."),
        ("sable", True, "Also good at mornings, which it does not say."),
        ("noor", False, "الأفق مائل دائمًا نصف درجة."),
        ("vo_dalva", True, "É a praia da minha lua de mel."),
    ),
    "Firs, Waiting": (
        ("sable", True, "Fog with depth. It knows one tree, and knows it well."),
        ("tadeu.luz", True, ""),
        ("joaquin", False, "Todo se vuelve abeto, hasta la casa."),
    ),
    "Gas Giant Weather": (
        ("petrichor", True, "Stars in three sizes, as promised."),
        ("mira_k", True, "Green without mint. Rare."),
    ),
    "Último Bonde": (
        ("tadeu.luz", True, "As janelas acesas contam histórias."),
        ("kirigami", True, "夜の街がとても静か。"),
        ("joaquin", True, "Las ventanas respetan la retícula; se nota."),
    ),
    "Pétalas": (
        ("linnea", True, "Hard to stop."),
        ("vo_dalva", True, "Flor nenhuma se repete mesmo, eu conferi."),
    ),
    "Night Threads": (
        ("sable", True, "Quick on the small base. 0.6, as the page says."),
        ("ines", False, "No tamanho pequeno as linhas finas somem."),
        ("kirigami", True, ""),
    ),
    "Walled Garden": (("noor", True, "There is always another gate."),),
    "Bordado": (
        ("oluwaseun", True, "It repeats nowhere. I looked."),
        ("ines", True, "Impresso em tecido engana até bordadeira."),
    ),
    "Moth Orbit": (("petrichor", True, "Weight 0.5, a dark ground, and patience."),),
    "Still Lifes, Five O'Clock": (("mira_k", True, "One light, one shadow. Restful."),),
    "Four Inks": (("mvhr", True, "Misregistration, done with love."),),
    "Flame Orchid": (
        ("joaquin", False, "Hace una sola cosa, como dice. Yo quería dos."),
        ("ines", True, "Para um primeiro LoRA, parabéns!"),
    ),
    "Crestas": (("tadeu.luz", True, "Sem camelos, confirmado."),),
    "Kallt Siden": (("mira_k", True, "Colder than mine, and better for it."),),
}

# (model, who chose it, why): the front page. Where nobody says why, a reader's words stand there.
CHOICES = (
    ("Papercut Horizons", "nia", "Weak at portraits, and the page says so."),
    ("Leadlight", "mvhr", "The first whose lead lines meet."),
    ("Pétalas", "bramble", ""),
    ("Último Bonde", "nia", "The tram is on time."),
    ("Silk Study", "mvhr", "Falls like cloth, not like liquid."),
    ("Fim de Tarde", "bramble", ""),
)

# (who or "owner", text), each line an answer to the one before; by the title of a picture.
TALKS = {
    "Blue fjord under stars": (
        ("linnea", "The third layer catches the moon and the fourth does not. Did you ask for that?"),
        ("owner", "No. Above weight 1 the edges begin to curl; at 0.85 they only lean."),
        ("linnea", "Then the paper knows more than we do."),
    ),
    "Nobody on the ice": (
        ("kirigami", "氷の影がとても自然です。何枚重ねですか？"),
        ("owner", "Six, and the sky. Your model did the work."),
        ("kirigami", "ありがとう！"),
    ),
    "Noctiluca": (
        ("sable", "I have looked at this for ten minutes. What is the seed?"),
        ("petrichor", "It is in the settings below the picture. And @sable, try 30 steps."),
        ("sable", "Found it. Remixed it, of course."),
    ),
    "Barra da Lagoa": (
        ("vo_dalva", "Que lindeza. Minha neta vai querer imprimir."),
        ("owner", "Pode imprimir, vó! 💚"),
        ("joaquin", "El horizonte está medio grado torcido, y por eso funciona."),
    ),
    "Cor de manga": (
        ("tadeu.luz", "Vó, essa cor só existe em fevereiro."),
        ("owner", "Aqui em casa é o ano inteiro."),
    ),
    "Harbour window": (
        ("mvhr", "Is the light behind the glass, or in front of it?"),
        ("owner", "Behind, low, a little to the left. Amber eats it otherwise."),
    ),
    "Long exposure": (
        ("joaquin", "Las nubes parecen de verdad. ¿Cuántos pasos?"),
        ("owner", "اثنتان وعشرون خطوة فقط."),
    ),
    "Ember": (
        ("noor", "رائع. كأنه ضوء شمعة حقيقي."),
        ("owner", "It is one candle, and a lot of patience."),
    ),
    "Tide": (
        ("oluwaseun", "Which sampler? Mine gets noisy in the dark folds."),
        ("owner", "The one below the picture. The dark parts need the last five steps."),
    ),
    "Market cloth": (
        ("vo_dalva", "Igual ao pano da feira de Caruaru!"),
        ("owner", "I would like to see that market."),
    ),
    "Window seat": (
        ("kirigami", "I know this tram, or I dreamt it."),
        ("owner", "Linha 42, última janela à direita."),
    ),
    "Colder": (("mira_k", "You can hear this one."), ("owner", "Minus eleven, no wind.")),
    "Onça": (
        ("tadeu.luz", "Onça ou bordado? Fico olhando e muda."),
        ("owner", "As duas, meu filho."),
    ),
    "Red sun": (("mvhr", "The yellow is off by half a millimetre. Lovely."), ("owner", "版ズレは味です。")),
    "Rose window": (
        ("petrichor", "Twelve petals, then seven. Was that the seed?"),
        ("owner", "Twelve was me, seven was the seed."),
    ),
}

# The same, by model.
QUESTIONS = {
    "Papercut Horizons": (
        ("sable", "Does it work at 512 × 512, or only larger?"),
        ("owner", "From 512 up. Below that it loses the fine edges."),
    ),
    "Fim de Tarde": (
        ("ines", "Posso usar para uma capa de livro?"),
        ("owner", "Pode, a licença deixa. Manda uma foto quando sair!"),
        ("ines", "Mando!"),
    ),
    "Firs, Waiting": (
        ("oluwaseun", "What did you caption it with?"),
        ("owner", "By hand, every one. It took two evenings."),
    ),
    "Silk Study": (
        ("linnea", "Does it mind a pattern on the cloth?"),
        ("owner", "Below 0.6 it keeps the pattern, above that only the folds."),
    ),
    "Night Threads": (
        ("noor", "May I use it for clouds of gas?"),
        ("owner", "Gas is thread that has not decided yet. Go ahead."),
    ),
}

# (title of a picture, reason, text).
REPORTS = (
    ("Harbour window", "stolen", "The lead lines are traced from a window in my town. I can send a photograph."),
    ("Moth", "rating", "My daughter took it for an open wound. Hardly PG."),
    (
        "Window seat",
        "real_person",
        "Third window from the left: my kitchen, and me in it.",
    ),
    ("Palm wine", "spam", "The third time this week, each time under another title."),
    ("Coral gate", "other", "Tagged as a garden. Whoever looks for gardens finds this."),
    ("Rust", "harassment", "The title is about me, since our quarrel under the other picture."),
    ("Plume", "rating", ""),
    ("Copper", "spam", ""),
    ("Ember", "rating", "Looks like a burning curtain. A warning would be kind."),
    ("Barra da Lagoa", "other", "This is Joaquina, not Barra."),
)
MODEL_REPORT = ("Leadlight", "stolen", "Two of the samples are windows from my workshop.")
OBJECTION = ("Noite clara", "Advertising for an exhibition.", "It is the poster of our own exhibition, nothing is for sale.")  # fmt: skip
