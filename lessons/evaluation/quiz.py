"""The quiz of lesson 05: frequent misconceptions, with an answer to every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "A model's clips have an average content distance of 0.4; real clips that were "
        "filmed have 3. What follows?",
        (
            Option(
                "The model keeps its content better than the camera.",
                False,
                "Its clips may be empty: a black clip has 0, and so has a frozen one. "
                "A value below that of real clips is not better; it needs an "
                "explanation.",
            ),
            Option(
                "Nothing yet: look at the fraction of empty frames and the step.",
                True,
                "The colour is constant where there is no shape, or no motion. The "
                "three values must be read together.",
            ),
            Option(
                "The mask is wrong: a value below the real one is impossible.",
                False,
                "It is quite possible. Real objects change their colour in light and "
                "shadow, and a generator may omit both.",
            ),
            Option(
                "The distance should be divided by the number of frames.",
                False,
                "It is already a mean over pairs. A drift of v a frame gives "
                "|v| (T + 1) / 3, so the length of the clips must be reported with it.",
            ),
        ),
    ),
    Question(
        "With 64 features, model A is evaluated with 256 clips and gets a Fréchet "
        "distance of 9.0; model B, with 2,048 clips, gets 2.5. Which is closer to the "
        "data?",
        (
            Option(
                "B: 2.5 is less than 9.0.",
                False,
                "Two sets of 256 samples from *one* distribution have a distance of "
                "about 8.6 with 64 features of variance 1. Most of A's distance may be "
                "this bias.",
            ),
            Option(
                "A: the bias of small sets lowers a distance.",
                False,
                "It raises the distance: small sets differ by chance, and differences "
                "are what is measured.",
            ),
            Option(
                "Unknown: evaluate both with the same number of clips, or without "
                "bias.",
                True,
                "The bias is (2 d + d (d + 1) / 2) / n: 8.6 at 256, 1.1 at 2,048. What "
                "remains is 0.4 and 1.4, and both are uncertain.",
            ),
            Option(
                "Unknown, but subtracting the bias settles it.",
                False,
                "The formula holds for equal Gaussians of variance 1 and many samples. "
                "It shows the size of the problem; it does not correct a table.",
            ),
        ),
    ),
    Question(
        "A generator has precision .95 and recall .20. What do its samples look like?",
        (
            Option(
                "Most samples are unlike any real clip.",
                False,
                "That would lower precision. Nineteen of twenty fake samples lie "
                "inside the real manifold.",
            ),
            Option(
                "Good clips of a few classes.",
                True,
                "Few of the real samples lie inside the fake manifold: most classes "
                "are missing. This is mode collapse, seen in two numbers.",
            ),
            Option(
                "Copies of training clips.",
                False,
                "Copies of *all* training clips would have a recall near 1. Neither "
                "metric detects copies: compare with the training set.",
            ),
            Option(
                "Blurred clips of all classes.",
                False,
                "Blur moves features away from the real set, so precision falls as "
                "well.",
            ),
        ),
    ),
    Question(
        "Predictions of white digits on black. A table lists SSIM alone: .77 "
        "for one row, .65 for a row that copies the last frame. The .77 is...",
        (
            Option(
                "a model that has learned where the digits move.",
                False,
                "It may be; but black frames also have .77 on this task. Without that "
                "row nobody can tell.",
            ),
            Option(
                "perhaps black frames only, because most of each frame is black.",
                True,
                "Most windows contain nothing but black, where black is perfect. "
                "Trivial baselines and a second metric belong in the table.",
            ),
            Option(
                "wrong: no prediction can beat the last frame by so much.",
                False,
                "A copied digit is wrong at two positions, and the copy is also worse "
                "than black in squared error: 287 against 175.",
            ),
            Option(
                "only valid together with PSNR, which has no such weakness.",
                False,
                "It has: black frames have 13.8 dB here, copies 11.7. Every metric has "
                "a trivial prediction that it ranks too high; baselines show which.",
            ),
        ),
    ),
    Question(
        "Two papers report an FVD for the same model and data: 131 and 219. Why?",
        (
            Option(
                "One of them has an error in its code.",
                False,
                "Perhaps; but both may be correct under their own protocols. Compare "
                "these first.",
            ),
            Option(
                "Samples are random: such differences are normal.",
                False,
                "Sets of 256 clips gave our clip VAE 712 to 766; sets of thousands "
                "differ by less. 219 is two thirds more than 131: another protocol.",
            ),
            Option(
                "Clips, frames, stride, size, feature network: one of them differs.",
                True,
                "Each changes the value, and so does the method of resizing. Values "
                "are comparable under one protocol only.",
            ),
            Option(
                "The feature network was trained again.",
                False,
                "Then it is not FVD: that name belongs to one I3D network with fixed "
                "weights. Distances of another network are named after that network.",
            ),
        ),
    ),
    Question(
        "Model A: 1.70, 90 % interval 1.62 to 1.78. Model B: 1.82, 1.74 to 1.90. Both "
        "are bootstrapped over 256 clips of one training each. What is known?",
        (
            Option(
                "Nothing: the intervals overlap.",
                False,
                "Overlap is no test. The difference is .12, and its own interval is "
                "about .11 to either side, less than the sum of both half widths.",
            ),
            Option(
                "A's method is better than B's.",
                False,
                "Only one training of each was evaluated. The interval accounts for "
                "other clips, not for other seeds.",
            ),
            Option(
                "Another set of 256 clips would give 1.62 to 1.78 with 90 %.",
                False,
                "The interval is that of the mean over all possible clips. Another set "
                "has an error of its own, so its mean varies more.",
            ),
            Option(
                "These two checkpoints probably differ; the methods may not.",
                True,
                "For the first, bootstrap the difference. The second needs several "
                "trainings of each method, which few tables report.",
            ),
        ),
    ),
)
