"""First and last names in order of commonness, for synthetic people.

Common names of the United States by era of birth, with spellings that are often imported wrongly:
accents, apostrophes, hyphens, Mc and Mac, particles, two-word names.
"""

ERA_BREAK_YEAR = 1970  # people born before it draw from the older lists


def _list(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(",") if name.strip())


OLDER_MEN = _list("""
James, Robert, John, William, Richard, Charles, Donald, George, Thomas, Joseph, David, Edward,
Ronald, Paul, Kenneth, Frank, Raymond, Jack, Harold, Gerald, Walter, Jerry, Joe, Eugene, Henry,
Carl, Arthur, Ralph, Albert, Larry, Willie, Lawrence, Roger, Fred, Earl, José, Juan, Luis, Carlos,
Stanley, Leonard, Norman, Ernest, Howard, Francis, Leroy, Herbert, Clarence, Jesús, Ramón, Manuel,
Antonio, Wei, Hiroshi, Giuseppe, Seán, Jean-Paul, Juan Carlos, Billy Ray, Günther, D'Andre, Søren,
Stanisław, Minh, Rajesh, Ahmed
""")

OLDER_WOMEN = _list("""
Mary, Barbara, Patricia, Linda, Betty, Carol, Nancy, Dorothy, Shirley, Margaret, Joan, Judith,
Helen, Sandra, Joyce, Ruth, Virginia, Donna, Sharon, Doris, Jean, Frances, Janet, Martha, Janice,
Gloria, Marilyn, Alice, Marie, Beverly, Evelyn, Elizabeth, Lois, Rose, Phyllis, María, Carmen,
Ana, Rosa, Peggy, Norma, Theresa, Louise, Florence, Irene, Josephine, Ethel, Mary Ann, Mary Jo,
Anne-Marie, Concepción, Inés, Mei, Yoko, Siobhán, Renée, Thérèse, D'Arcy, Zoë, Ingrid, Halina,
Lan, Lakshmi, Fatima, Rose Marie, Guadalupe
""")

YOUNGER_MEN = _list("""
Michael, Christopher, Matthew, Joshua, David, Daniel, James, Jacob, Andrew, Joseph, Ryan, Anthony,
Nicholas, Tyler, William, Brandon, John, Alexander, Ethan, Noah, Liam, Mason, Logan, Elijah,
Lucas, Jayden, Aiden, Jose, José, Juan, Luis, Carlos, Kevin, Brian, Jason, Eric, Justin, Aaron,
Adam, Dylan, Caleb, Isaiah, Gabriel, Julian, Xavier, Mateo, Santiago, Jesús, Ángel, Iván, Andrés,
DeShawn, D'Angelo, Ja'Marcus, Jean-Luc, Juan Pablo, John Paul, Bao, Arjun, Omar, Mohammed, Kwame,
Björn, François, Łukasz, Óscar
""")

YOUNGER_WOMEN = _list("""
Jennifer, Jessica, Ashley, Emily, Amanda, Sarah, Samantha, Elizabeth, Melissa, Nicole, Stephanie,
Emma, Olivia, Sophia, Isabella, Ava, Mia, Abigail, Madison, Hannah, Lauren, Megan, Rachel, Kayla,
Alexis, Victoria, Natalie, Grace, Chloe, Maria, María, Sofía, Valentina, Camila, Lucía, Andrea,
Michelle, Kimberly, Angela, Heather, Amy, Lisa, Christina, Erin, Jasmine, Aaliyah, Destiny,
Brianna, Zoë, Chloé, Renée, Inés, Noël, Siân, D'Asia, Ke'Asia, Mary Kate, Anna-Lena, Ana María,
Thảo, Priya, Aisha, Amara, Ngọc, Brontë, Aoife
""")

LAST_NAMES = _list("""
Smith, Johnson, Williams, Brown, Jones, Garcia, Miller, Davis, Rodriguez, Martinez, Hernandez,
Lopez, Gonzalez, Wilson, Anderson, Thomas, Taylor, Moore, Jackson, Martin, Lee, Perez, Thompson,
White, Harris, Sanchez, Clark, Ramirez, Lewis, Robinson, Walker, Young, Allen, King, Wright,
Scott, Torres, Nguyen, Hill, Flores, Green, Adams, Nelson, Baker, Hall, Rivera, Campbell,
Mitchell, Carter, Roberts, Gomez, Phillips, Evans, Turner, Diaz, Parker, Cruz, Edwards, Collins,
Reyes, Stewart, Morris, Morales, Murphy, Cook, Rogers, Gutierrez, Ortiz, Morgan, Cooper, Peterson,
Bailey, Reed, Kelly, Howard, Ramos, Kim, Cox, Ward, Richardson, Watson, Brooks, Chavez, Wood,
James, Bennett, Gray, Mendoza, Ruiz, Hughes, Price, Alvarez, Castillo, Sanders, Patel, Myers,
Long, Ross, Foster, Jimenez, García, Rodríguez, Martínez, Hernández, González, Pérez, Sánchez,
Ramírez, Gómez, Díaz, Muñoz, Núñez, Peña, Ibáñez, Vásquez, O'Brien, O'Connor, O'Neill, O'Sullivan,
O'Reilly, D'Angelo, D'Amico, Dell'Orto, N'Diaye, McDonald, McCarthy, McAllister, McKenzie,
McGuire, McLaughlin, MacDonald, MacKenzie, MacLeod, Macaulay, Mackey, Fitzgerald, St. John, St.
Pierre, De La Cruz, De Leon, Del Rio, De Luca, Van Dyke, Van Der Berg, Von Braun, Le Blanc, Di
Stefano, La Rosa, Ben-David, Al-Masri, El-Amin, Smith-Jones, Lloyd-Davies, Müller, Schröder, Weiß,
Jäger, Sørensen, Ångström, Łuczak, Wójcik, Nowak, Kowalski, Dvořák, Novák, Horváth, Çelik, Şahin,
Popescu, Papadopoulos, Petrov, Ivanova, Nguyễn, Trần, Phạm, Lê, Hoàng, Wang, Li, Zhang, Chen, Liu,
Yang, Huang, Wu, Tanaka, Suzuki, Yamamoto, Park, Choi, Jung, Singh, Kaur, Sharma, Gupta, Khan,
Ali, Hussain, Okafor, Adeyemi, Mensah, Diallo, Traoré, Tesfaye, Haile, Silva, Santos, Gonçalves,
Araújo, Ferreira, Rossi, Russo, Esposito, Bélanger, Lefèvre, Côté, Gagné, Beauchamp, Larsen,
Hansen, Lindqvist, Virtanen, Begay, Yazzie, Kahananui, Kealoha, Tso, Xiong, Vang, Ho, Ng, Ito, Yi
""")
