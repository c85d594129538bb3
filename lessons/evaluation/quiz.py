"""Ask what lesson 05 is most often misread to say; answer every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "A model's clips have an average content distance of 0.4; real clips that were "
        "filmed have 3. What follows?",
        (
            Option(
                "The model keeps its content better than the camera.",
                False,
                "It may paint nothing: a black clip has 0, a frozen one as well. Below "
                "the real figure is no merit, but a question.",
            ),
            Option(
                "Nothing yet: look at the empty frames and the step.",
                True,
                "A colour is steady where nothing is painted, or nothing moves. The "
                "three figures are only read together.",
            ),
            Option(
                "The mask is wrong: a score below the real one is impossible.",
                False,
                "It is quite possible. Real things change colour in light and shadow, "
                "and a generator may leave both out.",
            ),
            Option(
                "The score should be divided by the number of frames.",
                False,
                "It is a mean over pairs already. A drift of v a frame costs "
                "v (T + 1) / 3, so the length of the clips belongs beside it.",
            ),
        ),
    ),
    Question(
        "Features of 64 axes. Model A is scored with 256 clips and gets a Fréchet "
        "distance of 9.0; model B, with 2,048 clips, gets 2.5. Which is closer to the "
        "data?",
        (
            Option(
                "B: 2.5 is less than 9.0.",
                False,
                "Two sets of the *same* law, of 256 each, are about 8.6 apart with 64 "
                "features of variance 1. Most of A's figure may be its sample.",
            ),
            Option(
                "A: the bias of small sets lowers a distance.",
                False,
                "It raises it. Small sets disagree by chance, and disagreement is what "
                "is measured.",
            ),
            Option(
                "Unknown: score both with equally many clips, or without bias.",
                True,
                "The bias is (2 d + d (d + 1) / 2) / n: 8.6 at 256, 1.1 at 2,048. Left "
                "over are 0.4 and 1.4, and how sure is either?",
            ),
            Option(
                "Unknown, but subtracting the bias settles it.",
                False,
                "The formula is that of equal Gaussians of variance 1 and of many "
                "samples. It warns; it does not correct a table.",
            ),
        ),
    ),
    Question(
        "A generator has precision .95 and recall .20. What do you see on its samples?",
        (
            Option(
                "Debris: most samples are of nothing.",
                False,
                "That would cost precision. Nineteen of twenty fakes lie where real "
                "ones live.",
            ),
            Option(
                "Good clips of a few kinds.",
                True,
                "Few of the real ones lie among the fakes: most kinds are missing. It "
                "is what mode collapse looks like in two figures.",
            ),
            Option(
                "Copies of training clips.",
                False,
                "Copies of *all* of them would have a recall near 1. Neither figure "
                "tells copies from fresh clips: compare with the training set.",
            ),
            Option(
                "Blurred clips of all kinds.",
                False,
                "Blur moves features off the real set, so precision falls as well.",
            ),
        ),
    ),
    Question(
        "Predictions of white digits on black. A table lists SSIM alone: .77 "
        "for one row, .65 for a row that copies the last frame. The .77 is...",
        (
            Option(
                "a model that has learnt where the digits go.",
                False,
                "It may be; black frames score .77 as well on this task. Without that "
                "row nobody can tell.",
            ),
            Option(
                "perhaps all black: SSIM likes empty ground.",
                True,
                "Most windows hold nothing but black, and there black is perfect. "
                "Trivial rows and a second score belong in the table.",
            ),
            Option(
                "wrong: no prediction can beat the last frame by so much.",
                False,
                "Copying puts every digit in two places at once, and loses to "
                "black in squared error, too: 287 against 175.",
            ),
            Option(
                "only valid with PSNR, which cannot be fooled.",
                False,
                "It can: black has 13.8 dB here, copying 11.7. Every score has a fool; "
                "trivial rows show which.",
            ),
        ),
    ),
    Question(
        "Two papers report an FVD for the same model and data: 131 and 219. Why?",
        (
            Option(
                "One has made a mistake in its code.",
                False,
                "Perhaps; but both may be right under their own protocols. Ask for "
                "these first.",
            ),
            Option(
                "Generators are random: such spreads are normal.",
                False,
                "Sets of 256 clips gave our clip VAE 712 to 766; sets of thousands "
                "differ by less. 131 and 219 are two thirds apart: another protocol.",
            ),
            Option(
                "Clips, frames, stride, size, feature net: one of them differs.",
                True,
                "Each changes the figure, and so does how frames were resized. It is "
                "comparable only beside its protocol.",
            ),
            Option(
                "The net behind it was trained again.",
                False,
                "Then it is no FVD at all: that name belongs to one I3D net with "
                "fixed weights. Features of another net are named after that net.",
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
                "about .11 to either side: shorter than both laid end to end.",
            ),
            Option(
                "A's recipe is better than B's.",
                False,
                "Only one training of each was seen. The interval speaks of other "
                "clips, not of other seeds.",
            ),
            Option(
                "Another set of 256 clips would give 1.62 to 1.78 with 90 %.",
                False,
                "The interval is about the mean of all clips there could be. Another "
                "set has an error of its own on top, so it lies further away.",
            ),
            Option(
                "These two checkpoints probably differ; the recipes may not.",
                True,
                "Bootstrap the difference for the first. The second takes several "
                "trainings of each, at a price that tables seldom pay.",
            ),
        ),
    ),
)
